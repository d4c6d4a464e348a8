/** Asks for secrets that are found nowhere, when a person sits at the terminal. What is typed is not shown. */
import type { Readable, Writable } from 'node:stream';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import type { Json } from '../kernel/json.ts';
import type { AskedSecret, AskSecrets } from './app-api.ts';
import { canAsk } from './ask-inputs.ts';
import { inputValue } from './run-options.ts';
import type { Terminal } from './terminal.ts';

/** For the request of a run; nothing where there is nobody to ask. */
export function askingForSecrets(terminal: Terminal): { askSecrets?: AskSecrets } {
  if (!canAsk(terminal)) return {};
  return {
    async askSecrets(missing) {
      const answers: Record<string, Json> = {};
      for (const secret of missing) answers[secret.name] = await ask(terminal, secret);
      return answers;
    },
  };
}

/** @throws {KeystoneError} CANCELED (exit 130) when the question is left. */
async function ask(terminal: Terminal, { name, description, schema }: AskedSecret): Promise<Json> {
  const { isCancel, password } = await import('@clack/prompts');
  const typed = await password({
    message: `${name} (${description ?? 'a secret that is found nowhere'})`,
    validate: (text) => (text === undefined || text === '' ? 'a value is needed' : undefined),
    // Terminals of this process, as `canAsk` has found out; the interfaces of the command line only promise less.
    input: terminal.streams.stdin as Readable,
    output: terminal.streams.stderr as unknown as Writable,
  });
  if (!isCancel(typed)) return schema === undefined ? typed : inputValue(typed, schema);
  throw new KeystoneError('CANCELED', 'nothing was run', {
    exitCode: EXIT.sigint,
    hint: name.startsWith('inputs.')
      ? `give it on the command line: -i ${name.slice('inputs.'.length)}=…`
      : `set the variable ${name.slice('secrets.'.length)}`,
  });
}
