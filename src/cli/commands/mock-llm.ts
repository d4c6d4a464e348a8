/** `keystone mock-llm`: serves a model that says what a script says, to whatever program asks. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { EXIT } from '../../kernel/exit-codes.ts';
import { KeystoneError } from '../../kernel/failure.ts';
import type { CommandSpec } from '../command.ts';

export const mockLlmCommand: CommandSpec = {
  name: 'mock-llm',
  summary: 'serve a model that says what a script says',
  details:
    'By the protocols of OpenAI (chat completions) and Anthropic (messages), on this machine only, until Ctrl+C. ' +
    'What is asked is told on stderr. In workflows a provider with "mock" plays a script without this command.',
  arguments: [{ name: 'script', description: 'YAML file with replies', complete: 'file' }],
  options: [{ flags: '--port <number>', description: 'where to listen (default: a free port)' }],
  examples: [
    ['keystone mock-llm replies.yaml', 'print the address and the configuration to paste'],
    ['keystone mock-llm replies.yaml --port 4010', 'always at the same address'],
  ],
  async run({ terminal, cwd }, { arguments: [path = ''], options }) {
    const port = portOf(options.text('port'));
    const { parseMockScript } = await import('../../mock-llm/script.ts');
    const { startMockLlm } = await import('../../mock-llm/server.ts');
    const script = parseMockScript(await readScript(resolve(cwd, path), path), path);
    const server = await startMockLlm({
      script,
      port,
      onRequest: ({ path: asked, body }) => terminal.talk(`${asked} ${String(body.model ?? '')}`),
    }).catch((error: Error) => {
      throw new KeystoneError('MOCK_PORT', `cannot listen at port ${port}: ${error.message}`, {
        exitCode: EXIT.usage,
        hint: 'choose another --port, or none',
      });
    });
    terminal.result(server.url);
    terminal.talk(
      `providers:\n  mock: { type: openai, base_url: ${server.url}/v1, api_key: unused, default_model: mock-1 }`,
    );
    await interrupted();
    await server.close();
    return EXIT.success;
  },
};

function portOf(text = '0'): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new KeystoneError('USAGE', `--port ${text}: not a port`, {
    exitCode: EXIT.usage,
    hint: 'for example: --port 4010',
  });
}

const readScript = (file: string, path: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: Error) => {
    throw new KeystoneError('MOCK_SCRIPT', `${path} cannot be read: ${error.message}`, {
      exitCode: EXIT.usage,
      hint: 'a script is { replies: [{ text: … }, { tool_calls: […] }, { status: 429 }] }',
    });
  });

function interrupted(): Promise<void> {
  return new Promise((done) => {
    const end = (): void => {
      process.off('SIGINT', end).off('SIGTERM', end);
      done();
    };
    process.once('SIGINT', end).once('SIGTERM', end);
  });
}
