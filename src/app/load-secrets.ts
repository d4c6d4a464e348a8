/** Gets the secrets of a run before it begins or goes on; what is missing is asked for, or refused with its place in the workflow. */
import type { Diagnostic } from '#compiler';
import type { Json, JsonObject } from '../kernel/json.ts';
import { Redactor } from '../kernel/redact.ts';
import { findSecrets } from '../services/secrets/find-secrets.ts';
import { DiagnosticsError } from './diagnostics-error.ts';
import type { CompiledWorkflow } from './prepare-run.ts';
import type { Project } from './project.ts';
import type { SecretValues } from './run-secrets.ts';
import { type WantedSecret, wantedSecrets } from './wanted-secrets.ts';
import { labelOf } from './workflow-files.ts';

/** A secret somebody has to type. */
export interface AskedSecret {
  /** `secrets.DEPLOY_KEY`, or `inputs.token` of a run that goes on. */
  name: string;
  description?: string;
  /** Of an input. */
  schema?: JsonObject;
}

/** @returns values by full name; names that are left out stay missing. */
export type AskSecrets = (missing: readonly AskedSecret[]) => Promise<Readonly<Record<string, Json>>>;

export interface LoadOptions {
  /** By name: before everything else. */
  given?: SecretValues | undefined;
  /** By name: what was stored with the run, for what is not found around us. */
  stored?: SecretValues | undefined;
  /** Names beyond those the workflow reads, of a run that goes on. */
  also?: readonly string[];
  /** Absent: nobody can be asked. */
  ask?: AskSecrets | undefined;
}

/** @throws {DiagnosticsError} SECRET_MISSING for each that the workflow cannot do without. @throws {KeystoneError} SECRETS_FILE, SECRETS_COMMAND */
export async function loadSecrets(
  project: Project,
  workflow: CompiledWorkflow,
  options: LoadOptions = {},
): Promise<SecretValues> {
  const wanted = wantedSecrets(project, workflow);
  const found = new Map(Object.entries(options.given ?? {}));
  const look = async (names: readonly string[], withCommand: boolean): Promise<void> => {
    for (const [name, value] of await find(project, workflow, names, withCommand)) found.set(name, value);
  };
  const names = new Set([...wanted.keys(), ...(options.also ?? [])]);
  const missing = (): string[] => [...names].filter((name) => !found.has(name));
  await look(missing(), false);
  for (const name of missing()) {
    const stored = options.stored?.[name];
    if (stored !== undefined) found.set(name, stored);
  }
  await look(missing(), true);
  const needed = (): string[] => missing().filter((name) => wanted.get(name)?.optional === false);
  if (needed().length > 0 && options.ask !== undefined)
    for (const [name, value] of await asked(options.ask, needed())) found.set(name, value);
  if (needed().length > 0) throw missingError(project, workflow, wanted, needed());
  return { ...alwaysSecret(project), ...Object.fromEntries(found) };
}

async function find(
  project: Project,
  workflow: CompiledWorkflow,
  names: readonly string[],
  withCommand: boolean,
): Promise<Map<string, string>> {
  const { secrets, environment } = project.config;
  if (names.length === 0 || (withCommand && secrets.command === undefined)) return new Map();
  const stderr = new CommandTalk();
  try {
    return await findSecrets(names, {
      // They were looked through before the command is asked.
      environment,
      files: withCommand ? [] : secrets.files,
      ...(withCommand && { command: secrets.command }),
      workflow: workflow.plan.name,
      cwd: project.root,
      timeoutMs: secrets.timeoutMs,
      onStderr: (text) => stderr.hear(text),
    }).then((found) => {
      stderr.know([...found]);
      return found;
    });
  } finally {
    stderr.tell();
  }
}

/** What the command says: at once to a person, who may have to do something; else when it is known what in it is secret. */
class CommandTalk {
  #held = '';
  #redactor = new Redactor();

  hear(text: string): void {
    if (process.stderr.isTTY) process.stderr.write(text);
    else this.#held += text;
  }

  know(found: readonly (readonly [string, string])[]): void {
    this.#redactor = new Redactor(found);
  }

  tell(): void {
    if (this.#held !== '') process.stderr.write(this.#redactor.text(this.#held));
  }
}

async function asked(ask: AskSecrets, names: readonly string[]): Promise<[string, string][]> {
  const answers = await ask(names.map((name) => ({ name: `secrets.${name}` })));
  return names.flatMap((name): [string, string][] => {
    const value = answers[`secrets.${name}`];
    return typeof value === 'string' && value !== '' ? [[name, value]] : [];
  });
}

/** Variables that are secret whatever the workflow reads (`secrets.names`). */
function alwaysSecret({ config }: Project): SecretValues {
  const isSecret = nameMatcher(config.secrets.names);
  return Object.fromEntries(
    Object.entries(config.environment).filter(([name, value]) => value !== '' && isSecret(name)),
  );
}

/** Whether a name is one of those given, `*` standing for any characters. */
export function nameMatcher(names: readonly string[]): (name: string) => boolean {
  if (names.length === 0) return () => false;
  const pattern = new RegExp(`^(?:${names.map((name) => name.replaceAll('*', '.*')).join('|')})$`);
  return (name) => pattern.test(name);
}

function missingError(
  project: Project,
  { label, source }: CompiledWorkflow,
  wanted: ReadonlyMap<string, WantedSecret>,
  names: readonly string[],
): DiagnosticsError {
  const { command, files } = project.config.secrets;
  const file = files[0] === undefined ? 'a file of secrets.files' : labelOf(project, files[0]);
  const notAsked = command === undefined ? '' : '; secrets.command does not give it either';
  const diagnostics = names.map((name): Diagnostic => {
    const { span = { start: 0, end: 0 }, by } = wanted.get(name) ?? {};
    return {
      severity: 'error',
      code: 'SECRET_MISSING',
      message:
        by === undefined ? `secrets.${name} is not given` : `${by} reads secrets.${name}, which is not given`,
      hint: `set the variable ${name}, or ${name}_FILE to the path of a file that holds it, or write ${name}=… into ${file}${notAsked}`,
      span,
      path: '',
    };
  });
  return new DiagnosticsError(
    label,
    source,
    diagnostics,
    diagnostics.map(({ message }) => message).join('; '),
  );
}
