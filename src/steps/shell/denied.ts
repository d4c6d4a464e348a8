/** The commands a step names, and whether the configuration denies one. Read from the text: a net for mistakes, not a wall. */
import { cutText } from '../../kernel/cut-text.ts';
import { type SimpleCommand, simpleCommands } from '../../services/process/simple-commands.ts';
import { insideOf, nameOf } from '../../services/process/wrapped-commands.ts';
import type { Permission, Refusal } from '../define.ts';
import type { ShellConfig } from './config.ts';

/** Fields as written or evaluated. */
export interface CommandSource {
  run?: unknown;
  args?: unknown;
  shell?: unknown;
}

/** Shells whose scripts can be read. */
const READABLE = new Set(['sh', 'bash', 'zsh']);

/** Commands of the shell itself, which do nothing to the world. */
const BUILTINS = new Set(
  ': . [ alias bg break cd command continue declare dirs echo eval exec exit export false fg getopts hash jobs let local popd printf pushd pwd read readonly return set shift shopt source test times trap true type typeset ulimit umask unalias unset wait'.split(
    ' ',
  ),
);

/** Undefined for a script in a language that is not read. */
function commandsOf({ run, args, shell }: CommandSource, config: ShellConfig): SimpleCommand[] | undefined {
  if (Array.isArray(args)) {
    const words = args.map((each) => {
      const raw = String(each);
      return { raw, value: raw.includes('${{') ? undefined : raw };
    });
    return [words, ...insideOf(words, (script) => simpleCommands(script))];
  }
  if (typeof run !== 'string') return [];
  return READABLE.has(String(shell ?? config.default)) ? simpleCommands(run) : undefined;
}

/** The first command that the configuration denies. */
export function deniedCommand(source: CommandSource, config: ShellConfig): Refusal | undefined {
  if (config.denylist.length === 0) return undefined;
  const denied = config.denylist.map((entry) => ({ entry, words: entry.trim().split(/\s+/) }));
  for (const command of commandsOf(source, config) ?? []) {
    const found = denied.find(({ words }) => beginsWith(command, words));
    if (found === undefined) continue;
    return {
      code: 'COMMAND_DENIED',
      message: `it runs "${written(command)}", which the configuration denies ("${found.entry}" in shell.denylist)`,
      hint: `do it in another way, or take "${found.entry}" out of shell.denylist`,
    };
  }
  return undefined;
}

function beginsWith(command: SimpleCommand, words: readonly string[]): boolean {
  return words.every((word, at) => {
    const given = command[at];
    if (given === undefined) return false;
    return given.value === word || (at === 0 && nameOf(given) === word);
  });
}

const written = (command: SimpleCommand): string => {
  const text = command.map(({ value, raw }) => value ?? raw).join(' ');
  return cutText(text, 60);
};

/** Programs that the step names; of a script that names none, or in another language, what reads it: it can do things all the same. */
export function namedCommands(source: CommandSource, config: ShellConfig): Permission[] {
  const commands = commandsOf(source, config) ?? [];
  const names = commands.flatMap(([first]) => (first === undefined ? [] : [first.value ?? first.raw]));
  const programs = Array.isArray(source.args) ? names : names.filter((name) => !BUILTINS.has(name));
  const named = programs.length === 0 ? [String(source.shell ?? config.default)] : programs;
  return [...new Set(named)].map((what) => ({ to: 'run' as const, what }));
}
