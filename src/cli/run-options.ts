/** Options and argv pieces of `run` and `resume` → values for the app layer. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseDurationMs } from '../config/index.ts';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import type { InputInfo } from './app-api.ts';
import type { OptionSpec } from './command.ts';
import type { Options } from './options.ts';
import type { Terminal } from './terminal.ts';

export const WAIT_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--wait [duration]',
    description:
      'stay while the run waits: --wait for as long as it takes, --wait=2h at most two hours (default: as long as it takes on a terminal, else wait.foreground)',
    equalsOnly: true,
  },
  { flags: '--no-wait', description: 'suspend as soon as nothing but waiting is left' },
];

/** How the run is shown. */
export const FOLLOW_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--json',
    description: 'print the run as one JSON object on stdout when it ends',
    conflicts: ['events'],
  },
  { flags: '--events', description: 'print every event as a line of JSON on stdout while it runs' },
  { flags: '--explain', description: 'explain failures and skipped steps in full' },
];

/** How much of the workflow a new run runs, and where it stops. */
export const PART_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--until <step>',
    description: 'run only the step and what it needs; the others are skipped',
    conflicts: ['only', 'resume'],
  },
  {
    flags: '--only <step>',
    description: 'run only this step; may be given several times',
    repeat: true,
    conflicts: ['resume'],
  },
  { flags: '--debug', description: 'pause before every step with breakpoint: true', conflicts: ['resume'] },
];

export const INPUT_OPTION: OptionSpec = {
  flags: '-i, --input <name=value>',
  description: 'give an input; a value is read as JSON where the input is not text',
  repeat: true,
};
export const INPUTS_OPTION: OptionSpec = {
  flags: '--inputs <file>',
  description: 'read inputs from a JSON file (-: from standard input); -i overrides single ones',
  complete: 'file',
};

/** Of `--wait`, `--wait=2h`, `--no-wait`; undefined: as configured. @throws {KeystoneError} for what is no duration. */
export function waitOf(options: Options): number | boolean | undefined {
  if (options.off('wait')) return false;
  if (options.flag('wait')) return true;
  const text = options.text('wait');
  if (text === undefined) return undefined;
  if (text === '') return true;
  const ms = parseDurationMs(text);
  if (ms === undefined)
    throw usage(
      `--wait=${text}: "${text}" is not a duration`,
      'write it like --wait=30s, --wait=5m or --wait=2h',
    );
  return ms;
}

/** The same for a run that is followed: on a terminal it stays for as long as it takes, unless it is told otherwise. */
export function patienceOf(terminal: Terminal, options: Options): { wait?: number | boolean } {
  const wait = waitOf(options) ?? (terminal.interactive && !options.flag('events') ? true : undefined);
  return wait === undefined ? {} : { wait };
}

/** Inputs of `--inputs` and `-i`; the latter win. `declared` tells which values are not text; without it all JSON is read as JSON. */
export async function inputsOf(
  options: Options,
  declared: Readonly<Record<string, InputInfo>>,
  from: { cwd: string; readStdin(): Promise<string> },
): Promise<JsonObject> {
  const file = options.text('inputs');
  const inputs = file === undefined ? {} : await readInputsFile(file, from);
  for (const pair of options.list('input')) {
    const at = pair.indexOf('=');
    if (at <= 0)
      throw usage(
        `-i ${pair}: an input is given as name=value`,
        `for example: -i ${pair === '' ? 'name' : pair.replace(/^=/, '')}=value`,
      );
    const name = pair.slice(0, at);
    inputs[name] = inputValue(pair.slice(at + 1), declared[name]?.schema);
  }
  return inputs;
}

async function readInputsFile(
  file: string,
  from: { cwd: string; readStdin(): Promise<string> },
): Promise<JsonObject> {
  const text = file === '-' ? await from.readStdin() : await readText(resolve(from.cwd, file), file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw usage(
      `--inputs ${file}: not JSON (${error instanceof Error ? error.message : String(error)})`,
      'the file must hold one JSON object',
    );
  }
  if (!isJsonObject(value))
    throw usage(`--inputs ${file}: not a JSON object`, 'write it like {"name": "value"}');
  return { ...value };
}

async function readText(path: string, shown: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    throw usage(`--inputs ${shown}: cannot read ${path}`, 'check the path');
  }
}

/** JSON.parse yields nothing but JSON, so an object of it is a JsonObject. */
function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Text stays text where the input may be text and JSON would not be text; otherwise JSON where it parses. */
export function inputValue(text: string, schema: JsonObject | undefined): Json {
  const types = typesOf(schema);
  if (types.has('string') && types.size === 1) return text;
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  if (types.size === 0) return typeof value === 'object' ? value : text;
  return types.has(typeName(value)) ? value : text;
}

/** JSON Schema type names an input allows; empty: not said. `integer` also as `number`. */
function typesOf(schema: JsonObject | undefined): Set<string> {
  const type = schema?.type;
  const names = Array.isArray(type) ? type.map(String) : typeof type === 'string' ? [type] : [];
  const types = new Set(names);
  if (types.has('integer')) types.add('number');
  if (types.size === 0 && Array.isArray(schema?.enum))
    for (const value of schema.enum) types.add(typeName(value));
  return types;
}

function typeName(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function usage(message: string, hint: string): KeystoneError {
  return new KeystoneError('USAGE', message, { exitCode: EXIT.usage, hint });
}
