/**
 * The tools that come with keystone. Those that change something are steps like any others, in runs of their own: the guards,
 * the trust, the log and the undo of steps are theirs too. Those that only read are done here.
 */
import type { JsonObject } from '../../kernel/json.ts';
import type { ToolSpec } from '../../services/llm/chat.ts';

/** A step with what the model gets of it. */
export interface StepTool extends ToolSpec {
  execution: JsonObject;
  /** Outputs of the run, of the step `call`. @default its output */
  outputs?: JsonObject;
}

const text = (description: string): JsonObject => ({ type: 'string', description });
const whole = (description: string): JsonObject => ({ type: 'integer', minimum: 1, description });

function parameters(
  properties: Readonly<Record<string, JsonObject>>,
  optional: readonly string[] = [],
): JsonObject {
  return {
    type: 'object',
    properties,
    required: Object.keys(properties).filter((name) => !optional.includes(name)),
    additionalProperties: false,
  };
}

const path = text('Path of the file, relative to the working folder.');

export const READING_TOOLS = [
  {
    name: 'read_file',
    description: 'Reads a text file.',
    parameters: parameters({ path }),
  },
  {
    name: 'read_file_lines',
    description: 'Reads some lines of a text file, with their numbers.',
    parameters: parameters({ path, from: whole('First line, from 1.'), to: whole('Last line.') }),
  },
  {
    name: 'list_files',
    description: 'Lists the files directly in a folder.',
    parameters: parameters({ path: text('The folder. Default: the working folder.') }, ['path']),
  },
  {
    name: 'search_files',
    description: 'Finds files by a glob, such as src/**/*.ts.',
    parameters: parameters({ pattern: text('The glob.') }),
  },
  {
    name: 'search_content',
    description: 'Finds lines of text files that hold a text.',
    parameters: parameters(
      {
        text: text('What the line holds, letter by letter.'),
        pattern: text('Glob of the files that are searched. Default: all.'),
      },
      ['pattern'],
    ),
  },
] as const satisfies readonly ToolSpec[];

export type ReadingToolName = (typeof READING_TOOLS)[number]['name'];

const STEP_TOOLS = [
  {
    name: 'write_file',
    description: 'Writes a text file, replacing what it held.',
    parameters: parameters({ path, content: text('The whole content.') }),
    execution: { type: 'file', op: 'write', path: '${{ args.path }}', content: '${{ args.content }}' },
  },
  {
    name: 'append_file',
    description: 'Adds text at the end of a file.',
    parameters: parameters({ path, content: text('What is added.') }),
    execution: { type: 'file', op: 'append', path: '${{ args.path }}', content: '${{ args.content }}' },
  },
  {
    name: 'run_command',
    description: 'Runs a command with sh in the working folder; gives what it printed and its exit code.',
    parameters: parameters({ command: text('The command line.') }),
    execution: { type: 'shell', run: '${{ args.command|raw }}', allowFailure: true },
    outputs: {
      exitCode: '${{ steps.call.exitCode }}',
      stdout: '${{ steps.call.stdout }}',
      stderr: '${{ steps.call.stderr }}',
      error: '${{ steps.call.error.message }}',
    },
  },
  {
    name: 'fetch',
    description: 'Gets a web page or another resource by HTTP.',
    parameters: parameters({ url: text('http:// or https://') }),
    execution: { type: 'request', url: '${{ args.url }}', acceptStatus: ['4xx', '5xx'] },
  },
] as const satisfies readonly StepTool[];

export const STANDARD_STEP_TOOLS: readonly StepTool[] = STEP_TOOLS;

export const STANDARD_TOOL_NAMES = [
  ...READING_TOOLS.map(({ name }) => name),
  ...STEP_TOOLS.map(({ name }) => name),
];
