/** Questions whose text, choices, schema or default hold secrets: shown to nobody, stored nowhere, and yet answered. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  answerRun,
  findQuestion,
  listQuestions,
  listTimers,
  parseAnswer,
  showRun,
  why,
} from '../../src/app/index.ts';
import {
  begin,
  die,
  finish,
  newWorld,
  openWorld,
  resume,
  settled,
  type World,
} from '../runtime/test-project.ts';

const TOKEN = 'hunter2-very-secret-token';

/** Every byte of every file the run left behind. */
function filesWith(world: World, text: string): string[] {
  return readdirSync(join(world.cwd, '.keystone'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).includes(text));
}

const INPUT = '${{ inputs.token }}';
const asking = (fields: object): string =>
  JSON.stringify({
    name: 't',
    inputs: { token: { type: 'string', secret: true } },
    steps: [
      { id: 'q', type: 'human', ...fields },
      { id: 'use', type: 'effect', value: '${{ steps.q.output }}', needs: 'q' },
    ],
  });
const SELECT = {
  message: `Which one? Not ${INPUT}`,
  inputType: 'select',
  options: ['plain', INPUT, { header: `Bearer ${INPUT}` }, `${INPUT}!`],
  default: INPUT,
  timeout: '1h',
  assignees: [`holder of ${INPUT}`],
};
const FORM = {
  message: 'Fill in',
  inputType: 'form',
  schema: {
    properties: {
      key: { type: 'string', enum: [INPUT, 'other'], description: `not ${INPUT}` },
      note: { type: 'string', default: INPUT },
    },
    required: ['key'],
  },
};

test('a secret of digits alone does not spoil the rows it occurs in by chance', async () => {
  const world = newWorld();
  const source = `
name: t
inputs: { pin: { type: integer, secret: true } }
steps:
  - { id: q, type: human, message: "Go?", timeout: 1h, default: true }
`;
  const pin = Number(String(world.clock.now()).slice(1, 6));
  const project = openWorld(world);
  const run = await begin(project, source, { inputs: { pin } });
  await settled();
  await die(project);
  const again = await resume(openWorld(world), run.runId, { inputs: { pin } });
  expect((await finish(world, again)).steps.q).toMatchObject({ status: 'success', output: true });
});

/** A run that asks, with what it told and printed; nobody runs it any more. */
async function suspended(fields: object) {
  const world = newWorld();
  const events: string[] = [];
  const run = await begin(openWorld(world), asking(fields), { inputs: { token: TOKEN }, wait: false });
  run.subscribe((event) => events.push(JSON.stringify(event)));
  const result = await finish(world, run);
  expect(result.status).toBe('suspended');
  return { world, runId: run.runId, result, events };
}

test.each([SELECT, FORM])(
  'what a person is asked is in no file, no event and nothing that is shown: $inputType',
  async (fields) => {
    const { world, runId, result, events } = await suspended(fields);
    const project = openWorld(world);
    const [question] = await listQuestions(project, runId);
    const shown = [
      JSON.stringify([result, await showRun(project, runId)]),
      JSON.stringify([await listTimers(project), await why(project, runId, 'q'), question]),
      ...events,
    ];
    for (const text of shown) expect(text).not.toContain(TOKEN);
    expect(filesWith(world, TOKEN)).toEqual([]);
    const { options: _, schema: __, ...read } = question?.asks ?? {};
    expect(JSON.stringify([result, read, await why(project, runId, 'q')])).not.toContain('⟦secret');
    if (fields === SELECT) {
      expect(read).toMatchObject({ message: 'Which one? Not ***', default: { value: '***' } });
      expect(read).toMatchObject({ assignees: ['holder of ***'] });
      expect(result.suspendedOn).toMatchObject([
        { message: 'Which one? Not ***', answerWith: expect.stringMatching(/ q plain$/) },
      ]);
    }
  },
);

test.each([
  ['plain', 'plain'],
  ['option-2', TOKEN],
  ['option-3', { header: `Bearer ${TOKEN}` }],
  ['option-4: ***!', `${TOKEN}!`],
])(
  'a choice with a secret is typed by its number, and only the run knows what it means: %s',
  async (typed, value) => {
    const { world, runId } = await suspended(SELECT);
    const { asks } = await findQuestion(openWorld(world), runId, 'q');
    expect(() => parseAnswer(asks, 'option-1')).toThrow(
      'option-2: ***, option-3: {"header":"Bearer ***"}, option-4: ***!',
    );
    expect(await answerRun(openWorld(world), runId, 'q', parseAnswer(asks, typed))).toMatchObject({
      outcome: 'stored',
    });
    expect(filesWith(world, TOKEN)).toEqual([]);
    const again = await resume(openWorld(world), runId, { inputs: { token: TOKEN } });
    const result = await finish(world, again);
    expect(world.effects.log.find(({ path }) => path === 'use')?.value).toEqual(value);
    expect(JSON.stringify(result)).not.toContain(TOKEN);
    expect(filesWith(world, TOKEN)).toEqual([]);
  },
);

test('a default with a secret is the answer when time is up, also in the next process', async () => {
  const { world, runId } = await suspended(SELECT);
  world.clock.advance(2 * 3_600_000);
  await finish(world, await resume(openWorld(world), runId, { inputs: { token: TOKEN } }));
  expect(world.effects.log.find(({ path }) => path === 'use')?.value).toBe(TOKEN);
});

test('a form with a secret among the choices of a field', async () => {
  const { world, runId } = await suspended(FORM);
  const { asks } = await findQuestion(openWorld(world), runId, 'q');
  await answerRun(openWorld(world), runId, 'q', parseAnswer(asks, '{"key": "option-1", "note": "n"}'));
  await finish(world, await resume(openWorld(world), runId, { inputs: { token: TOKEN } }));
  expect(world.effects.log.find(({ path }) => path === 'use')?.value).toEqual({ key: TOKEN, note: 'n' });
});

test('the process that runs the run asks without the secret, takes the choice, and refuses without telling it', async () => {
  const world = newWorld();
  const run = await begin(openWorld(world), asking(SELECT), { inputs: { token: TOKEN } });
  await settled();
  const [question] = run.questions();
  expect(JSON.stringify(question)).not.toContain(TOKEN);
  expect(() => run.answer('q', 'none of them')).toThrow(
    expect.objectContaining({ code: 'ANSWER_INVALID', message: expect.not.stringContaining(TOKEN) }),
  );
  run.answer('q', question?.asks.options?.[1] ?? null);
  await finish(world, run);
  expect(world.effects.log.find(({ path }) => path === 'use')?.value).toBe(TOKEN);
});

test('who types what stands for a secret gets no secret', async () => {
  const world = newWorld();
  const run = await begin(openWorld(world), asking({ message: 'Say', inputType: 'text' }), {
    inputs: { token: TOKEN },
  });
  await settled();
  run.answer('q', '⟦secret:token⟧');
  await finish(world, run);
  expect(world.effects.log.find(({ path }) => path === 'use')?.value).toBe('⟦secret:token⟧');
});
