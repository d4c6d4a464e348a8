/** Makes the commander program from the command tables and finds out what argv asks for. */
import { Argument, Command, CommanderError, Option } from 'commander';
import type { ArgumentSpec, CommandInput, CommandSpec, OptionSpec } from './command.ts';
import { GLOBAL_OPTIONS } from './command.ts';
import { COMMANDS, GROUP_SUMMARIES } from './commands/index.ts';
import { Options } from './options.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';
import { version } from './version.ts';

export interface Invocation {
  spec: CommandSpec;
  input: CommandInput;
}

/**
 * Parses argv (without node and script). Undefined when help or the version was printed.
 * @throws {UsageError} for unknown commands, options, missing arguments …
 */
export async function parseInvocation(
  argv: readonly string[],
  terminal: Terminal,
): Promise<Invocation | undefined> {
  let invocation: Invocation | undefined;
  const program = buildProgram(terminal, (spec, input) => {
    invocation = { spec, input };
  });
  try {
    await program.parseAsync(withAttachedValues(argv), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw new UsageError(error, commandNamed(argv));
  }
  return invocation;
}

type OnMatch = (spec: CommandSpec, input: CommandInput) => void;

/** The whole program; also used to render help pages. */
export function buildProgram(terminal: Terminal, onMatch: OnMatch): Command {
  const program = new Command('keystone')
    .description('Durable workflows from YAML: each run is a statechart that survives kill -9.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .addHelpText('after', '\nStart with: keystone init, then keystone run hello');
  for (const option of GLOBAL_OPTIONS) program.addOption(commanderOption(option));
  configure(program, terminal);
  for (const spec of COMMANDS) addCommand(program, spec, terminal, onMatch);
  return program;
}

function configure(command: Command, terminal: Terminal): void {
  command
    .exitOverride()
    .showHelpAfterError(false)
    .configureHelp({
      showGlobalOptions: true,
      optionTerm: (option) => option.flags.replace(' [', '[='),
      styleTitle: (text) => terminal.paint.bold(text),
      styleCommandText: (text) => terminal.paint.cyan(text),
      styleSubcommandText: (text) => terminal.paint.cyan(text),
      styleOptionText: (text) => terminal.paint.cyan(text),
    })
    .configureOutput({
      writeOut: (text) => terminal.streams.stdout.write(text),
      writeErr: (text) => terminal.streams.stderr.write(text),
      outputError: () => {},
      getOutHasColors: () => true,
      getErrHasColors: () => true,
      getOutHelpWidth: () => Math.min(terminal.columns, 110),
    });
}

function addCommand(program: Command, spec: CommandSpec, terminal: Terminal, onMatch: OnMatch): void {
  const [first = '', second] = spec.name.split(' ');
  const parent = second === undefined ? program : groupNamed(program, first, terminal);
  const command = parent.command(second ?? first, { hidden: spec.hidden === true });
  configure(command, terminal);
  command
    .summary(spec.summary)
    .description(spec.details === undefined ? spec.summary : `${spec.summary}\n\n${spec.details}`);
  command.helpOption('-h, --help', 'show help');
  for (const alias of spec.aliases ?? []) command.alias(alias);
  for (const argument of spec.arguments ?? []) command.addArgument(commanderArgument(argument));
  for (const option of spec.options ?? []) command.addOption(commanderOption(option));
  if (spec.examples.length > 0) command.addHelpText('after', () => exampleText(spec, terminal));
  command.action((...received: unknown[]) => {
    const values = received.slice(0, spec.arguments?.length ?? 0).flat();
    const given = values.filter((value): value is string => typeof value === 'string');
    onMatch(spec, { arguments: given, options: new Options(command.optsWithGlobals()) });
  });
}

function groupNamed(program: Command, name: string, terminal: Terminal): Command {
  const existing = program.commands.find((command) => command.name() === name);
  if (existing !== undefined) return existing;
  const group = program
    .command(name)
    .description(GROUP_SUMMARIES[name] ?? '')
    .helpCommand(false);
  configure(group, terminal);
  return group;
}

function exampleText(spec: CommandSpec, terminal: Terminal): string {
  const width = Math.max(...spec.examples.map(([command]) => command.length));
  const lines = spec.examples.map(
    ([command, effect]) => `  ${command.padEnd(width)}  ${terminal.paint.dim(effect)}`,
  );
  return `\n${terminal.paint.bold('Examples:')}\n${lines.join('\n')}`;
}

function commanderArgument(spec: ArgumentSpec): Argument {
  const name = `${spec.name}${spec.variadic === true ? '...' : ''}`;
  return new Argument(spec.optional === true ? `[${name}]` : `<${name}>`, spec.description);
}

function commanderOption(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.description);
  if (spec.choices !== undefined) option.choices([...spec.choices]);
  if (spec.conflicts !== undefined) option.conflicts([...spec.conflicts]);
  if (spec.repeat === true) {
    option.argParser((value: string, previous: string[] | undefined) => [...(previous ?? []), value]);
  }
  return option;
}

/** `--wait` alone must not swallow the word after it: gives optional values their `=` before commander looks. */
function withAttachedValues(argv: readonly string[]): string[] {
  const bare = new Set(
    COMMANDS.flatMap((spec) => spec.options ?? [])
      .filter((option) => option.equalsOnly === true)
      .map((option) => /--[a-z-]+/.exec(option.flags)?.[0] ?? ''),
  );
  const end = argv.indexOf('--');
  return argv.map((word, index) => (bare.has(word) && (end === -1 || index < end) ? `${word}=` : word));
}

/** The command or group argv names, for pointing at its help. */
function commandNamed(argv: readonly string[]): string | undefined {
  const [first = '', second = ''] = argv.filter((word) => !word.startsWith('-'));
  const spec = COMMANDS.find(
    ({ name, aliases }) =>
      name === first || name === `${first} ${second}` || aliases?.includes(first) === true,
  );
  return spec?.name ?? (GROUP_SUMMARIES[first] === undefined ? undefined : first);
}
