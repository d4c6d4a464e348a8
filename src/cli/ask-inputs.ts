/** Asks for missing inputs, when a person sits at the terminal. Secret ones are not shown, and never get into the shell's history. */
import type { Readable, Writable } from 'node:stream';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import type { InputInfo } from './app-api.ts';
import { inputValue } from './run-options.ts';
import type { Terminal } from './terminal.ts';

/** Both ends are terminals, and nobody asked for silence. */
export function canAsk(terminal: Terminal): boolean {
  return terminal.interactive && terminal.streams.stdin.isTTY === true;
}

/** `given` and the answers. @throws {KeystoneError} CANCELED (exit 130) when the questions are left. */
export async function askForMissing(
  terminal: Terminal,
  inputs: Readonly<Record<string, InputInfo>>,
  given: JsonObject,
): Promise<JsonObject> {
  const answers = { ...given };
  for (const [name, input] of Object.entries(inputs)) {
    if (input.required && answers[name] === undefined) answers[name] = await ask(terminal, name, input);
  }
  return answers;
}

async function ask(terminal: Terminal, name: string, input: InputInfo): Promise<Json> {
  const { confirm, isCancel, password, select, text } = await import('@clack/prompts');
  // Terminals of this process, as `canAsk` has found out; the interfaces of the command line only promise less.
  const streams = {
    input: terminal.streams.stdin as Readable,
    output: terminal.streams.stderr as unknown as Writable,
  };
  const message = input.description === undefined ? name : `${name} (${input.description})`;
  const validate = (typed: string | undefined): string | undefined => complaint(typed ?? '', input);
  const choices = input.schema.enum;
  let answer: Json | symbol;
  if (Array.isArray(choices)) {
    const options = choices.map((value) => ({ value: JSON.stringify(value), label: String(value) }));
    const chosen = await select({ message, options, ...streams });
    answer = isCancel(chosen) ? chosen : JSON.parse(chosen);
  } else if (input.schema.type === 'boolean') {
    answer = await confirm({ message, ...streams });
  } else {
    const typed = input.secret
      ? await password({ message, validate, ...streams })
      : await text({ message, validate, ...streams });
    answer = isCancel(typed) ? typed : inputValue(typed, input.schema);
  }
  if (typeof answer !== 'symbol') return answer;
  const hint = `give it on the command line: -i ${name}=…`;
  throw new KeystoneError('CANCELED', 'nothing was run', { exitCode: EXIT.sigint, hint });
}

/** What is obviously wrong with an answer; everything else is checked with the whole schema before the run. */
function complaint(typed: string, input: InputInfo): string | undefined {
  const { type } = input.schema;
  const value = inputValue(typed, input.schema);
  if ((type === 'number' || type === 'integer') && typeof value !== 'number') return 'a number, please';
  if ((type === 'array' || type === 'object') && typeof value !== 'object')
    return `JSON for an ${type}, please`;
  return typed === '' ? 'a value is needed' : undefined;
}
