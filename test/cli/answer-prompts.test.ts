/** Questions asked while a run goes on: what is typed, and what the run gets. */
import { PassThrough } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { answerCommand, answerProblem, choicesOf, labelOf, parseAnswer } from '../../src/app/index.ts';
import type { RunHandle } from '../../src/app/types.ts';
import { AnswerPrompts } from '../../src/cli/answer-prompts.ts';
import type { Question } from '../../src/cli/app-api.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { StepFailure } from '../../src/kernel/failure.ts';
import type { Json } from '../../src/kernel/json.ts';
import { human } from '../../src/steps/human/index.ts';
import { fakeApp, handle, result } from './fake-app.ts';

const question = (path: string, fields: object, runId = 'abc1234567'): Question => ({
  runId,
  path,
  since: 1,
  asks: human.suspend?.({ message: `${path}?`, ...fields } as never, 0) as Question['asks'],
});

/** A prompt is drawn within milliseconds, and Esc is told from the beginning of a sequence after half a second, on an idle machine. */
const PATIENCE = { timeout: 20_000, interval: 5 };

/** A terminal of which the test types the keys; `open` are the questions nobody has answered. */
function sitting(open: Question[], refuse?: () => void) {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  const stderr = Object.assign(new PassThrough(), { isTTY: true, columns: 90, rows: 24 });
  let text = '';
  stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const terminal = new Terminal(
    { stdin: stdin as never, stdout: stderr, stderr },
    { color: 'never', quiet: false },
  );
  const answers: [string, Json, string?][] = [];
  const done: string[] = [];
  const run: RunHandle = {
    ...handle(result()),
    questions: () => open,
    answer(path, value, runId) {
      refuse?.();
      answers.push([path, value, ...(runId === undefined ? [] : [runId])] as [string, Json, string?]);
      open.splice(
        open.findIndex((each) => each.path === path),
        1,
      );
    },
  };
  const view = {
    event: () => {},
    stepAside: async () => void done.push('aside'),
    comeBack: () => void done.push('back'),
    end: async () => {},
  };
  const app = fakeApp({ answerCommand, answerProblem, choicesOf, labelOf, parseAnswer });
  const interrupt = (): void => void done.push('interrupt');
  const prompts = new AnswerPrompts({ app, handle: run, terminal, view, interrupt });
  prompts.look();
  const shown = async (part: string): Promise<void> => {
    await vi.waitFor(() => expect(text).toContain(part), PATIENCE);
  };
  const type = async (part: string, ...keys: string[]): Promise<void> => {
    await shown(part);
    text = '';
    for (const key of keys) {
      stdin.write(key);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return { prompts, answers, done, open, shown, type };
}

test('asks one question after another, each in its own form', async () => {
  const { prompts, answers, done, type } = sitting([
    question('approve', {}),
    question('size', { inputType: 'select', options: ['small', 7] }),
    question('why', { inputType: 'text', schema: { minLength: 3 } }, 'child12345'),
  ]);
  await type('approve?', 'y');
  await type('size?', '\u001b[B', '\r');
  await type('why?', 'no', '\r');
  await type('fewer than 3', 'pe', '\r');
  await vi.waitFor(() => expect(answers).toHaveLength(3), PATIENCE);
  expect(answers).toEqual([
    ['approve', true, 'abc1234567'],
    ['size', 7, 'abc1234567'],
    ['why', 'nope', 'child12345'],
  ]);
  await prompts.stop();
  expect(done).toEqual(['aside', 'back', 'aside', 'back', 'aside', 'back']);
});

test('Enter alone approves nothing, unless that is the default', async () => {
  const { prompts, answers, type, shown } = sitting([
    question('a', {}),
    question('b', { default: true }),
    question('end', {}),
  ]);
  await type('a?', '\r');
  await type('b?', '\r');
  await shown('end?');
  expect(answers.map(([, value]) => value)).toEqual([false, true]);
  await prompts.stop();
});

test('asks for a flat form field by field, and for any other as JSON', async () => {
  const properties = { who: { type: 'string' }, n: { type: 'integer' }, hot: { type: 'boolean' } };
  const { prompts, answers, type, shown } = sitting([
    question('flat', { inputType: 'form', schema: { properties, required: ['who'] } }),
    question('deep', {
      inputType: 'form',
      schema: { properties: { a: { type: 'array' } }, required: ['a'] },
    }),
    question('end', {}),
  ]);
  await type('who', '\r');
  await type('a value is needed', 'Ann', '\r');
  await type('n, if any', 'x', '\r');
  await type('a number, please', '\u007f', '\r');
  await type('hot', 'y');
  await type('deep?', '{"a": 1}', '\r');
  await type('must be array', '\u007f\u007f', '[]}', '\r');
  await shown('end?');
  expect(answers.map(([path, value]) => [path, value])).toEqual([
    ['flat', { who: 'Ann', hot: true }],
    ['deep', { a: [] }],
  ]);
  await prompts.stop();
});

test('an answer given elsewhere ends the prompt', async () => {
  const { prompts, answers, open, shown } = sitting([question('approve', {})]);
  await shown('approve?');
  open.length = 0;
  prompts.look();
  await shown('approve: no answer is needed any more');
  expect(answers).toEqual([]);
  await prompts.stop();
});

test('Esc puts a question aside and tells the command; Ctrl+C is an interrupt and ends all asking', async () => {
  const { prompts, answers, done, type, shown } = sitting([
    question('q[2]', {}),
    question('b', {}),
    question('c', {}),
  ]);
  await type('q[2]?', '\u001b');
  await shown("keystone answer abc1234567 'q[2]' …");
  await type('b?', '\u0003');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(done).toEqual(['aside', 'back', 'aside', 'interrupt', 'back']);
  expect(answers).toEqual([]);
  await prompts.stop();
});

test('an answer that came too late is told, and changes nothing', async () => {
  const { prompts, answers, open, type, shown } = sitting([question('approve', {})], () => {
    open.length = 0;
    throw new StepFailure('NOT_WAITING', 'step approve does not wait for an answer');
  });
  await type('approve?', 'y');
  await shown('step approve does not wait for an answer');
  expect(answers).toEqual([]);
  await prompts.stop();
});
