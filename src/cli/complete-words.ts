/** What the shell may offer for the word at the cursor, from the command tables and the project. */
import type { ArgumentSpec, CommandSpec, Completable, OptionSpec } from './command.ts';
import { GLOBAL_OPTIONS } from './command.ts';

export interface Candidate {
  value: string;
  description: string;
}

/** Knowledge of the project, asked for only when needed. */
export interface Lookups {
  workflows(): Promise<Candidate[]>;
  runs(): Promise<Candidate[]>;
  steps(run: string): Promise<Candidate[]>;
}

export interface Completions {
  candidates: Candidate[];
  /** The shell may offer files if no candidate fits. */
  files: boolean;
}

const HELP: OptionSpec = { flags: '-h, --help', description: 'show help' };
const NOTHING: Completions = { candidates: [], files: false };

/** @param words of the command line after `keystone`; the last one is being typed and may be empty */
export async function completeWords(
  words: readonly string[],
  commands: readonly CommandSpec[],
  lookups: Lookups,
  groups: Readonly<Record<string, string>> = {},
): Promise<Completions> {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const { spec, positionals } = readWords(before, commands);
  const options = [...(spec?.options ?? []), ...GLOBAL_OPTIONS, HELP];
  const pending = optionNamed(options, before.at(-1));
  if (pending !== undefined && takesValue(pending) && pending.equalsOnly !== true) {
    return valuesOf(pending.complete, positionals, lookups, current);
  }
  if (current.startsWith('-')) return completeOption(current, options, positionals, lookups);
  if (spec === undefined) return completeCommand(positionals, commands, groups, current);
  return valuesOf(argumentAt(spec, positionals.length)?.complete, positionals, lookups, current);
}

/** The command typed so far and the words after it that are neither options nor their values. */
function readWords(
  words: readonly string[],
  commands: readonly CommandSpec[],
): { spec: CommandSpec | undefined; positionals: string[] } {
  let spec: CommandSpec | undefined;
  let positionals: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (word.startsWith('-') && word !== '-') {
      const option = optionNamed([...(spec?.options ?? []), ...GLOBAL_OPTIONS], word);
      if (option !== undefined && takesValue(option) && option.equalsOnly !== true && !word.includes('='))
        index += 1;
      continue;
    }
    positionals.push(word);
    if (spec !== undefined) continue;
    const typed = positionals.join(' ');
    spec = commands.find(({ name, aliases }) => name === typed || aliases?.includes(typed) === true);
    if (spec !== undefined) positionals = [];
  }
  return { spec, positionals };
}

function completeCommand(
  typed: readonly string[],
  commands: readonly CommandSpec[],
  groups: Readonly<Record<string, string>>,
  current: string,
): Completions {
  const found = new Map<string, string>();
  for (const { name, summary, aliases = [], hidden } of commands) {
    if (hidden === true) continue;
    const words = name.split(' ');
    if (!typed.every((word, index) => words[index] === word)) continue;
    const next = words[typed.length];
    if (next !== undefined) found.set(next, words.length > typed.length + 1 ? (groups[next] ?? '') : summary);
    if (typed.length === 0) for (const alias of aliases) found.set(alias, summary);
  }
  const candidates = [...found].map(([value, description]) => ({ value, description }));
  return { candidates: startingWith(candidates, current), files: false };
}

async function completeOption(
  current: string,
  options: readonly OptionSpec[],
  positionals: readonly string[],
  lookups: Lookups,
): Promise<Completions> {
  const at = current.indexOf('=');
  if (at !== -1) {
    const option = optionNamed(options, current.slice(0, at));
    const { candidates, files } = await valuesOf(
      option?.complete,
      positionals,
      lookups,
      current.slice(at + 1),
    );
    return {
      candidates: candidates.map(({ value, description }) => ({
        value: `${current.slice(0, at + 1)}${value}`,
        description,
      })),
      files,
    };
  }
  const candidates = options.map(({ flags, description }) => ({ value: longName(flags), description }));
  return { candidates: startingWith(candidates, current), files: false };
}

async function valuesOf(
  completable: Completable | undefined,
  positionals: readonly string[],
  lookups: Lookups,
  current: string,
): Promise<Completions> {
  if (completable === undefined) return NOTHING;
  if (completable === 'file') return { candidates: [], files: true };
  if (typeof completable !== 'string') {
    return {
      candidates: startingWith(
        completable.map((value) => ({ value, description: '' })),
        current,
      ),
      files: false,
    };
  }
  const found = await lookUp(completable, positionals, lookups);
  return {
    candidates: startingWith(found, current),
    files: completable === 'workflow' || completable === 'workflow-or-run',
  };
}

async function lookUp(
  what: 'workflow' | 'run' | 'workflow-or-run' | 'step',
  positionals: readonly string[],
  lookups: Lookups,
): Promise<Candidate[]> {
  switch (what) {
    case 'workflow':
      return lookups.workflows();
    case 'run':
      return lookups.runs();
    case 'workflow-or-run':
      return [...(await lookups.workflows()), ...(await lookups.runs())];
    case 'step':
      return lookups.steps(positionals[0] ?? 'last');
    default:
      return what satisfies never;
  }
}

function argumentAt(spec: CommandSpec, index: number): ArgumentSpec | undefined {
  const list = spec.arguments ?? [];
  const last = list.at(-1);
  return list[index] ?? (last?.variadic === true ? last : undefined);
}

function optionNamed(options: readonly OptionSpec[], word: string | undefined): OptionSpec | undefined {
  const name = word?.split('=')[0];
  return options.find(({ flags }) => flags.split(/[ ,]+/).some((part) => part === name));
}

function takesValue(option: OptionSpec): boolean {
  return /[<[]/.test(option.flags);
}

function longName(flags: string): string {
  return /--[a-z-]+/.exec(flags)?.[0] ?? flags;
}

function startingWith(candidates: readonly Candidate[], current: string): Candidate[] {
  return candidates.filter(({ value }) => value.startsWith(current));
}
