/** Commands that run other commands given to them as words: what `sudo`, `xargs`, `sh -c`, `eval` and `find -exec` are told to run. */
import type { ScriptWord } from './script-words.ts';
import type { SimpleCommand } from './simple-commands.ts';

/** Options that take a value of their own, and how many words stand before the command. */
const WRAPPERS: Readonly<Record<string, { withValue?: string; before?: number }>> = {
  sudo: { withValue: '-u -g -h -p -C -T -U -D -R -r -t' },
  doas: { withValue: '-u -C' },
  env: { withValue: '-u -C --unset --chdir' },
  nice: { withValue: '-n --adjustment' },
  ionice: { withValue: '-c -n -p' },
  timeout: { withValue: '-s -k --signal --kill-after', before: 1 },
  xargs: { withValue: '-I -n -P -d -E -L -s -a --max-args --max-procs --delimiter --replace' },
  stdbuf: { withValue: '-i -o -e' },
  time: { withValue: '-f -o' },
  exec: { withValue: '-a' },
  chroot: { before: 1 },
  nohup: {},
  setsid: {},
  command: {},
  builtin: {},
  busybox: {},
  watch: { withValue: '-n --interval' },
};

/** Of one within another. */
const MOST_WRAPPERS = 50;
const SHELLS = new Set(['sh', 'bash', 'dash', 'zsh', 'ksh', 'ash']);
const EXEC_OPTIONS = new Set(['-exec', '-execdir', '-ok', '-okdir']);

/** The name without its folder; undefined when it is not known. */
export const nameOf = ({ value }: ScriptWord): string | undefined => value?.replace(/^.*\//, '');

/** @param read finds the commands of a script that a command is given as text. */
export function insideOf(
  command: SimpleCommand,
  read: (script: string) => SimpleCommand[],
  depth = 0,
): SimpleCommand[] {
  if (depth > MOST_WRAPPERS) return [];
  const [first, ...rest] = command;
  const name = first === undefined ? undefined : nameOf(first);
  if (name === undefined) return [];
  if (SHELLS.has(name)) return scriptOf(rest, read);
  if (name === 'eval')
    return read(rest.map(({ value, raw }) => value ?? raw.replaceAll(/^"|"$/g, '')).join(' '));
  if (name === 'find') return execsOf(rest).flatMap((inner) => withInside(inner, read, depth));
  const wrapper = Object.hasOwn(WRAPPERS, name) ? WRAPPERS[name] : undefined;
  return wrapper === undefined ? [] : withInside(wrapped(rest, wrapper), read, depth);
}

function withInside(
  command: SimpleCommand,
  read: (script: string) => SimpleCommand[],
  depth: number,
): SimpleCommand[] {
  return command.length === 0 ? [] : [command, ...insideOf(command, read, depth + 1)];
}

/** `sh -euc 'script'` */
function scriptOf(words: SimpleCommand, read: (script: string) => SimpleCommand[]): SimpleCommand[] {
  const option = words.findIndex(({ value = '' }) => /^-[A-Za-z]*c[A-Za-z]*$/.test(value));
  const script =
    option === -1 ? undefined : words.slice(option + 1).find(({ value = '' }) => !value.startsWith('-'));
  return script?.value === undefined ? [] : read(script.value);
}

function execsOf(words: SimpleCommand): SimpleCommand[] {
  return words.flatMap(({ value = '' }, at) => {
    if (!EXEC_OPTIONS.has(value)) return [];
    const rest = words.slice(at + 1);
    const end = rest.findIndex((word) => word.value === ';' || word.value === '+');
    return [end === -1 ? rest : rest.slice(0, end)];
  });
}

function wrapped(
  words: SimpleCommand,
  { withValue = '', before = 0 }: { withValue?: string; before?: number },
): SimpleCommand {
  const takesValue = new Set(withValue.split(' '));
  let at = 0;
  for (; at < words.length; at++) {
    const { value = '' } = words[at] ?? {};
    if (value === '--') {
      at++;
      break;
    }
    if (takesValue.has(value)) at++;
    else if (!/^-|^[A-Za-z_]\w*=/.test(value)) break;
  }
  return words.slice(at + before);
}
