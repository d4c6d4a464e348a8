/** Plays scripts of models for providers with `mock`: each once in a process, at a port of its own. */
import { readFile } from 'node:fs/promises';
import { KeystoneError, StepFailure } from '../kernel/failure.ts';

const playing = new Map<string, Promise<string>>();

/** @param script absolute. @returns its URL. @throws {StepFailure} MOCK_SCRIPT */
export function playMock(script: string): Promise<string> {
  const known = playing.get(script);
  if (known !== undefined) return known;
  const url = play(script);
  playing.set(script, url);
  // What cannot be played now may be there at the next attempt.
  url.catch(() => playing.delete(script));
  return url;
}

async function play(script: string): Promise<string> {
  const [{ startMockLlm }, { parseMockScript }] = await Promise.all([
    import('../mock-llm/server.ts'),
    import('../mock-llm/script.ts'),
  ]);
  try {
    const parsed = parseMockScript(await readFile(script, 'utf8'), script);
    return (await startMockLlm({ script: parsed, background: true })).url;
  } catch (error) {
    const hint = error instanceof KeystoneError && error.hint !== undefined ? `; ${error.hint}` : '';
    throw new StepFailure('MOCK_SCRIPT', `${(error as Error).message}${hint}`, { cause: error });
  }
}
