/** A command's table as a page. */
import { type ArgumentSpec, type CommandSpec, GLOBAL_OPTIONS, type OptionSpec } from '../command.ts';
import { codeCell, markdownTable } from './markdown.ts';

/** Which published shape a command's `--json` prints, where its name does not say it. */
const SHAPES: Readonly<Record<string, readonly string[]>> = {
  run: ['run', 'dry-run', 'event'],
  resume: ['run', 'event'],
  show: ['run'],
  logs: ['log'],
  'config show': ['config'],
  'config check': ['validate'],
};

const HAS_SHAPE = new Set(['cancel', 'validate', 'history', 'why', 'workflows']);

export function commandPage(spec: CommandSpec): string {
  const args = spec.arguments ?? [];
  const sections = [
    `# keystone ${spec.name}`,
    capitalised(spec.summary),
    ...(spec.details === undefined ? [] : [spec.details]),
    `\`\`\`\n${usage(spec)}\n\`\`\``,
    ...(spec.aliases === undefined
      ? []
      : [`Also: ${spec.aliases.map((alias) => `\`keystone ${alias}\``).join(', ')}.`]),
    ...(args.length === 0 ? [] : ['## Arguments', argumentTable(args)]),
    ...(spec.options === undefined ? [] : ['## Options', optionTable(spec.options)]),
    '## Options of every command',
    optionTable(GLOBAL_OPTIONS),
    '## Examples',
    exampleBlock(spec),
    ...shapeSection(spec),
    'Exit codes: see [exit codes](../exit-codes.md).',
  ];
  return `${sections.join('\n\n')}\n`;
}

/** The list of all commands. */
export function commandIndex(specs: readonly CommandSpec[]): string {
  const rows = specs.map(({ name, summary }) => [`[${name}](${name.replace(' ', '-')}.md)`, summary]);
  return [
    '# Commands',
    'Results are printed on stdout, everything else on stderr. `--json` prints one JSON value of a [documented shape](../../schemas/cli). A run id may be shortened to any beginning that is unique; `last` is the latest run.',
    markdownTable(['command', 'what it does'], rows),
    'For completion in the shell see [completion](completion.md). Settings: [configuration](../config.md). [Exit codes](../exit-codes.md).',
    '',
  ]
    .join('\n\n')
    .trimEnd()
    .concat('\n');
}

function usage(spec: CommandSpec): string {
  const words = (spec.arguments ?? []).map(({ name, optional, variadic }) => {
    const text = `${name}${variadic === true ? '...' : ''}`;
    return optional === true ? `[${text}]` : `<${text}>`;
  });
  return ['keystone', spec.name, ...words, ...(spec.options === undefined ? [] : ['[options]'])].join(' ');
}

function argumentTable(args: readonly ArgumentSpec[]): string {
  const rows = args.map(({ name, description, optional }) => [
    codeCell(name),
    optional === true ? `${description} (optional)` : description,
  ]);
  return markdownTable(['argument', 'meaning'], rows);
}

function optionTable(options: readonly OptionSpec[]): string {
  const rows = options.map((option) => [
    codeCell(option.flags.replace(' [', '[=')),
    `${option.description}${notes(option)}`,
  ]);
  return markdownTable(['option', 'meaning'], rows);
}

function notes({ repeat, choices }: OptionSpec): string {
  const more = [
    ...(repeat === true ? ['may be repeated'] : []),
    ...(choices === undefined ? [] : [`one of ${choices.map((choice) => `\`${choice}\``).join(', ')}`]),
  ];
  return more.length === 0 ? '' : ` (${more.join('; ')})`;
}

function exampleBlock(spec: CommandSpec): string {
  const lines = spec.examples.map(([command, effect]) => `# ${effect}\n${command}`);
  return `\`\`\`sh\n${lines.join('\n\n')}\n\`\`\``;
}

function shapeSection(spec: CommandSpec): string[] {
  const names = SHAPES[spec.name] ?? (HAS_SHAPE.has(spec.name) ? [spec.name] : []);
  if (names.length === 0) return [];
  const links = names.map((name) => `[${name}](../../schemas/cli/${name}.schema.json)`);
  return ['## JSON', `Shapes: ${links.join(', ')}.`];
}

function capitalised(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
