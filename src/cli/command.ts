/** The one shape of a command. Its table feeds parsing, help, completion and docs/commands. */
import type { LoadedConfig } from '../config/index.ts';
import type { AppApi, Project } from './app-api.ts';
import type { Options } from './options.ts';
import type { Terminal } from './terminal.ts';

/** What the shell can offer at a place. */
export type Completable = 'workflow' | 'run' | 'workflow-or-run' | 'step' | 'file' | readonly string[];

export interface ArgumentSpec {
  name: string;
  description: string;
  /** @default false */
  optional?: boolean;
  /** Takes all that follow. @default false */
  variadic?: boolean;
  complete?: Completable;
}

export interface OptionSpec {
  /** As commander writes it: `-i, --input <key=value>`. */
  flags: string;
  description: string;
  /** May be given several times. @default false */
  repeat?: boolean;
  /** The value is optional and only taken with `=`: `--wait=2h`. @default false */
  equalsOnly?: boolean;
  choices?: readonly string[];
  /** Names of options that cannot be combined with this one. */
  conflicts?: readonly string[];
  complete?: Completable;
}

export interface CommandInput {
  arguments: readonly string[];
  options: Options;
}

export interface CommandContext {
  readonly terminal: Terminal;
  /** Folder the command works in (`--cwd`). Absolute. */
  readonly cwd: string;
  /** Loaded at first use. @throws {ConfigError} */
  config(): LoadedConfig;
  /** The app and the opened project, loaded at first use. */
  open(): Promise<{ app: AppApi; project: Project }>;
  /** All of standard input. */
  readStdin(): Promise<string>;
}

export interface CommandSpec {
  /** `run`, or two words for a subcommand: `config show`. */
  name: string;
  aliases?: readonly string[];
  /** One line, for lists. */
  summary: string;
  /** Paragraphs for help and docs. */
  details?: string;
  arguments?: readonly ArgumentSpec[];
  options?: readonly OptionSpec[];
  examples: readonly (readonly [command: string, effect: string])[];
  /** Not listed in help and docs. @default false */
  hidden?: boolean;
  /** Settles with the exit code. */
  run(context: CommandContext, input: CommandInput): Promise<number>;
}

/** Options every command understands. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { flags: '-q, --quiet', description: 'print results and errors only' },
  { flags: '--no-color', description: 'no colours (NO_COLOR does the same)' },
  { flags: '--cwd <dir>', description: 'work in this folder', complete: 'file' },
  {
    flags: '--config <file>',
    description: 'use this file instead of .keystone/config.yaml',
    complete: 'file',
  },
];

export const JSON_OPTION: OptionSpec = { flags: '--json', description: 'print one JSON value on stdout' };
