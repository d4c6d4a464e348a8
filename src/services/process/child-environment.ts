/** The environment of child processes: what the user has, without the secrets keystone holds unless the workflow names them. */

export interface ChildEnvironmentOptions {
  /** The environment of this process. */
  base: Readonly<Record<string, string | undefined>>;
  /**
   * The workflow's and step's own `env`, evaluated. Always handed on, secrets and all: naming one here is asking for it.
   * `null` removes a variable.
   */
  env: Readonly<Record<string, string | null>>;
  /** Values of secrets; a variable of `base` that holds one is left out. */
  secrets?: Iterable<string>;
  /** Names of variables of `base` that are secrets whatever they hold; `*` stands for any characters. */
  secretNames?: Iterable<string>;
}

/** Shorter values ("1", "yes") occur everywhere by chance. */
const SHORTEST_SECRET = 4;

/** Without these next to nothing runs. A secret that happens to be part of one is not kept in it. */
const ESSENTIAL = new Set(
  'PATH HOME USER LOGNAME SHELL PWD TERM LANG TMPDIR TMP TEMP SystemRoot ComSpec PATHEXT'.split(' '),
);

/** Settings of keystone itself, which may hold credentials and must not steer a nested keystone by accident. */
const OWN_PREFIX = 'KEYSTONE_';

/** Called once per run; the runtime adds KEYSTONE_ATTEMPT and KEYSTONE_START for each attempt. */
export function childEnvironment(options: ChildEnvironmentOptions): Record<string, string> {
  const values = [...(options.secrets ?? [])].filter((value) => value.length >= SHORTEST_SECRET);
  const isSecretName = matcherOf([...(options.secretNames ?? [])]);
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.base)) {
    if (value === undefined || name.startsWith(OWN_PREFIX) || isSecretName(name)) continue;
    if (!ESSENTIAL.has(name) && values.some((secret) => value.includes(secret))) continue;
    result[name] = value;
  }
  // bash takes a socket on stdin plus no SHLVL for a remote login and sources ~/.bashrc.
  result.SHLVL ??= '1';
  for (const [name, value] of Object.entries(options.env)) {
    if (value === null) delete result[name];
    else result[name] = value;
  }
  return result;
}

function matcherOf(names: readonly string[]): (name: string) => boolean {
  const exact = new Set(names.filter((name) => !name.includes('*')));
  const patterns = names.filter((name) => name.includes('*')).map((name) => name.replaceAll('*', '.*'));
  const pattern = new RegExp(`^(?:${patterns.join('|')})$`);
  return (name) => exact.has(name) || (patterns.length > 0 && pattern.test(name));
}
