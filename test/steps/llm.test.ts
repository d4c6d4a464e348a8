/** The llm kind: whole runs with a model of real HTTP, tools as steps, crashes in the middle, answers as data, agents. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { DiagnosticsError } from '../../src/app/diagnostics-error.ts';
import { answerRun } from '../../src/app/index.ts';
import { acquireEngine, type Project } from '../../src/app/project.ts';
import type { RunResult } from '../../src/app/types.ts';
import type { Reply } from '../../src/mock-llm/script.ts';
import { type MockLlm, startMockLlm } from '../../src/mock-llm/server.ts';
import { begin, die, newWorld, openWorld, resume, type World } from '../runtime/test-project.ts';
import { runExample } from './run-example.ts';

const KEY = 'sk-0123456789abcdef';

interface Talk {
  world: World;
  model: MockLlm;
  project: Project;
}

async function talkTo(...replies: Reply[]): Promise<Talk> {
  const model = await startMockLlm({ script: { replies } });
  onTestFinished(() => model.close());
  const provider = {
    name: 'mock',
    type: 'openai' as const,
    baseUrl: `${model.url}/v1`,
    apiKey: KEY,
    defaultModel: 'm-1',
    timeoutMs: 5000,
    prices: { 'm-*': { input: 2, output: 10 } },
  };
  const world = newWorld({ live: true, config: { providers: { mock: provider } } });
  return { world, model, project: openWorld(world) };
}

const workflow = (...fields: string[]): string =>
  ['name: t', 'steps:', '  - id: ask', '    type: llm', ...fields.map((line) => `    ${line}`), ''].join(
    '\n',
  );

/** Time moves on to whatever the run waits for. */
async function done({ world, project }: Talk, source: string): Promise<RunResult> {
  const run = await begin(project, source);
  const clock = setInterval(() => {
    const { next } = world.clock;
    if (next !== undefined) world.clock.advance(next);
  }, 5);
  return run.result.finally(() => clearInterval(clock));
}

const problemsOf = (talk: Talk, source: string): Promise<string> =>
  done(talk, source).then(
    () => '',
    ({ diagnostics }: DiagnosticsError) => diagnostics.map(({ message }) => message).join('\n'),
  );

const lastMessages = ({ model }: Talk, count: number): unknown[] =>
  ([model.requests.at(-1)?.body.messages].flat() as unknown[]).slice(-count);

const calls = (...given: [string, unknown][]): Reply => ({
  tool_calls: given.map(([name, args]) => ({ name, arguments: args })),
});

const SHOUT = [
  'tools:',
  '  - name: shout',
  '    description: Says it loudly.',
  '    parameters: { properties: { word: { type: string } }, required: [word] }',
  '    execution: { run: "echo ${{ args.word }} >> said; echo ${{ args.word }} | tr a-z A-Z" }',
];

describe('a conversation', () => {
  it('gives the text, what it cost, and who answered', async () => {
    const talk = await talkTo({ text: 'Hello!', usage: { input: 1000, output: 100 } });
    const result = await done(talk, workflow('prompt: hi', 'system: be kind', 'temperature: 0.5'));
    expect(result.error).toBeUndefined();
    expect(result.steps.ask).toMatchObject({ status: 'success', output: 'Hello!' });
    expect(talk.model.requests[0]?.body).toMatchObject({
      model: 'm-1',
      temperature: 0.5,
      messages: [
        { role: 'system', content: 'be kind' },
        { role: 'user', content: 'hi' },
      ],
    });
  });

  it('is readable by later steps: usage, turns, model, provider', async () => {
    const talk = await talkTo({ text: 'Hello!', usage: { input: 1000, output: 100 } });
    const source = `${workflow('prompt: hi')}outputs: { all: "\${{ [steps.ask.usage, steps.ask.turns, steps.ask.model, steps.ask.provider] }}" }\n`;
    expect((await done(talk, source)).outputs).toEqual({
      all: [{ input: 1000, cachedInput: 0, output: 100, cost: 0.003 }, 1, 'm-1', 'mock'],
    });
  });

  it('streams to the log and tells its turns', async () => {
    const talk = await talkTo({ text: 'one two three' });
    const run = await begin(talk.project, workflow('prompt: hi'));
    const events: { type: string; text?: string; detail?: unknown }[] = [];
    run.subscribe((event) => events.push(event as never));
    await run.result;
    const streamed = events.filter(({ type }) => type === 'step.output').map(({ text }) => text);
    expect(streamed.join('')).toContain('one two three');
    const told = events.filter(({ type }) => type.startsWith('llm.'));
    expect(told.map(({ type }) => type)).toEqual(['llm.request', 'llm.finished']);
  });

  it.each([
    [{ text: 'half', finish: 'length' } as Reply, 'LLM_LENGTH'],
    [{ text: 'no', finish: 'refused' } as Reply, 'LLM_REFUSED'],
    [{ status: 401, error: `bad key ${KEY}` } as Reply, 'LLM_AUTH'],
  ])('fails after %j with %s, and shows no key', async (reply, code) => {
    const talk = await talkTo(reply);
    const { error } = await done(talk, workflow('prompt: hi'));
    expect(error).toMatchObject({ code });
    expect(JSON.stringify(error)).not.toContain(KEY);
  });
});

describe('tools', () => {
  it('that are steps get their arguments as args, several at once, quoted for the shell', async () => {
    const talk = await talkTo(calls(['shout', { word: 'hi; rm x' }], ['shout', { word: 'ho' }]), {
      text: 'done',
    });
    const result = await done(talk, workflow('prompt: go', ...SHOUT));
    expect(result.error).toBeUndefined();
    expect(lastMessages(talk, 2)).toMatchObject([
      { role: 'tool', content: 'HI; RM X' },
      { role: 'tool', content: 'HO' },
    ]);
  });

  it('are not called with arguments that do not fit: the model reads what is wrong', async () => {
    const talk = await talkTo(calls(['shout', '{"word": '], ['shout', { word: 5 }], ['shuot', {}]), {
      text: 'sorry',
    });
    const result = await done(talk, workflow('prompt: go', ...SHOUT));
    expect(result.steps.ask?.output).toBe('sorry');
    expect(lastMessages(talk, 3)).toMatchObject([
      { content: expect.stringContaining('no JSON') },
      { content: expect.stringContaining('word must be string') },
      { content: expect.stringContaining('did you mean shout?') },
    ]);
    expect(() => readFileSync(join(talk.world.cwd, 'said'))).toThrow();
  });

  it('that fail tell the model why', async () => {
    const talk = await talkTo(calls(['broken', {}]), { text: 'I see' });
    const source = workflow(
      'prompt: go',
      'tools: [{ name: broken, description: x, execution: { run: exit 7 } }]',
    );
    expect((await done(talk, source)).steps.ask?.output).toBe('I see');
    expect(lastMessages(talk, 1)).toMatchObject([{ content: expect.stringContaining('exit code 7') }]);
  });

  it('of keystone read, write and run within the working folder', async () => {
    const talk = await talkTo(
      calls(['write_file', { path: 'a/b.txt', content: 'one\ntwo\n' }]),
      calls(
        ['read_file', { path: 'a/b.txt' }],
        ['read_file_lines', { path: 'a/b.txt', from: 2, to: 2 }],
        ['list_files', {}],
        ['search_content', { text: 'tw' }],
        ['run_command', { command: 'cat a/b.txt | wc -l; exit 3' }],
        ['read_file', { path: '../../etc/passwd' }],
        ['append_file', { path: '../x', content: 'x' }],
      ),
      { text: 'done' },
    );
    const result = await done(talk, workflow('prompt: go', 'useStandardTools: true'));
    expect(result.error).toBeUndefined();
    expect(lastMessages(talk, 7)).toMatchObject([
      { content: 'one\ntwo\n' },
      { content: '2: two' },
      { content: expect.stringContaining('a/') },
      { content: 'a/b.txt:2: two' },
      { content: expect.stringContaining('"exitCode":3') },
      { content: expect.stringContaining("outside the run's folder") },
      { content: expect.stringContaining("outside the run's folder") },
    ]);
  });

  it('are called so many turns and no more', async () => {
    const talk = await talkTo({ ...calls(['list_files', {}]), times: 'always' });
    const result = await done(
      talk,
      workflow('prompt: go', 'useStandardTools: [list_files]', 'maxIterations: 3'),
    );
    expect(result.error).toMatchObject({ code: 'LLM_ITERATIONS' });
    expect(talk.model.requests).toHaveLength(3);
  });

  it('see args and nothing else, and must be steps', async () => {
    const talk = await talkTo();
    const tool = (execution: string) =>
      workflow('prompt: go', `tools: [{ name: x, description: x, execution: ${execution} }]`);
    expect(await problemsOf(talk, tool('{ run: "echo ${{ inputs.a }}" }'))).toContain('sees "args" only');
    expect(await problemsOf(talk, tool('{ id: a, run: ls }'))).toContain('has no "id"');
    expect(await problemsOf(talk, workflow('prompt: ${{ args.a }}'))).toContain('execution of a tool');
  });
});

describe('a crash', () => {
  it('in a later turn pays for no earlier turn again, and calls no tool twice', async () => {
    const talk = await talkTo(
      calls(['shout', { word: 'a' }]),
      calls(['shout', { word: 'b' }]),
      { text: 'late', delayMs: 60_000 },
      { text: 'done' },
    );
    const source = workflow('prompt: go', ...SHOUT);
    const { runId } = await begin(talk.project, source);
    await expect.poll(() => talk.model.requests.length, { timeout: 10_000 }).toBe(3);
    await die(talk.project);
    const resumed = await resume(openWorld(talk.world), runId);
    const result = await resumed.result;
    expect(result.steps.ask).toMatchObject({ status: 'success', output: 'done' });
    expect(talk.model.requests).toHaveLength(4);
    expect(talk.model.requests[3]?.body.messages).toEqual(talk.model.requests[2]?.body.messages);
    expect(readFileSync(join(talk.world.cwd, 'said'), 'utf8')).toBe('a\nb\n');
  });

  it('of the provider is retried at the turn it came in', async () => {
    const talk = await talkTo(calls(['shout', { word: 'a' }]), { status: 529 }, { text: 'done' });
    const result = await done(talk, workflow('prompt: go', 'retry: { count: 1, baseDelay: 1ms }', ...SHOUT));
    expect(result.steps.ask).toMatchObject({ status: 'success', attempts: 2 });
    expect(talk.model.requests).toHaveLength(3);
    expect(readFileSync(join(talk.world.cwd, 'said'), 'utf8')).toBe('a\n');
  });
});

describe('people', () => {
  it('may be asked by a tool: the run is suspended meanwhile, and no turn is paid again', async () => {
    const talk = await talkTo(calls(['ask', { question: 'Ship it?' }]), { match: 'true', text: 'shipped' });
    const source = workflow(
      'prompt: go',
      'tools: [{ name: ask, description: x, execution: { type: human, message: "${{ args.question }}" } }]',
    );
    const run = await begin(talk.project, source, { wait: false });
    expect((await run.result).status).toBe('suspended');
    const { engine, release } = await acquireEngine(talk.project);
    const [child] = await engine.store.runs({ parentRunId: run.runId });
    await release();
    await answerRun(talk.project, child?.runId ?? '', 'call', true);
    const result = await (await resume(openWorld(talk.world), run.runId)).result;
    expect(result.steps.ask).toMatchObject({ status: 'success', output: 'shipped' });
    expect(talk.model.requests).toHaveLength(2);
  });

  it('who cancel the run end the turn that is going on', async () => {
    const talk = await talkTo({ text: 'late', delayMs: 60_000 });
    const run = await begin(talk.project, workflow('prompt: go'));
    await expect.poll(() => talk.model.requests.length).toBe(1);
    await run.cancel('enough');
    expect((await run.result).status).toBe('canceled');
  });
});

describe('an answer as data', () => {
  const schema = 'outputSchema: { type: object, required: [n], properties: { n: { type: integer } } }';

  it('is asked for in the way of the provider, and parsed even when it is wrapped in words', async () => {
    const talk = await talkTo({ text: 'Here:\n```json\n{"n": 7}\n```' });
    const result = await done(talk, workflow('prompt: go', schema));
    expect(result.steps.ask?.output).toEqual({ n: 7 });
    expect(JSON.stringify(talk.model.requests[0]?.body.response_format)).toContain('"required":["n"]');
  });

  it('that does not fit is asked for again with what is wrong', async () => {
    const talk = await talkTo({ text: 'seven' }, { text: '{"n": "7"}' }, { text: '{"n": 7}' });
    const result = await done(talk, workflow('prompt: go', schema));
    expect(result.steps.ask?.output).toEqual({ n: 7 });
    expect(lastMessages(talk, 1)).toMatchObject([{ content: expect.stringContaining('n must be integer') }]);
  });

  it('that never fits fails; a retry of the step begins a new conversation', async () => {
    const talk = await talkTo({ text: 'seven' }, { text: 'seven' }, { text: '{"n": 7}' });
    const fields = ['prompt: go', schema, 'outputRetries: 0'];
    expect((await done(talk, workflow(...fields))).error).toMatchObject({ code: 'LLM_ANSWER' });
    const again = await done(talk, workflow(...fields, 'retry: { count: 1, baseDelay: 1ms }'));
    expect(again.steps.ask?.output).toEqual({ n: 7 });
    expect(lastMessages(talk, 5)).toHaveLength(2);
  });
});

describe('agents', () => {
  function agent(talk: Talk, name: string, text: string): void {
    const folder = join(talk.world.cwd, '.keystone/agents');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${name}.md`), text);
  }
  const asks = (...more: string[]): string =>
    ['name: t', 'steps:', '  - { id: ask, agent: critic, prompt: hi, env: { WHO: Ada } }', ...more, ''].join(
      '\n',
    );

  it('bring their words, model and tools', async () => {
    const talk = await talkTo({ text: 'ok' });
    agent(talk, 'critic', '---\nmodel: m-9\ntools: [read_file]\n---\nYou help ${{ env.WHO }}.\n');
    expect((await done(talk, asks())).error).toBeUndefined();
    expect(talk.model.requests[0]?.body).toMatchObject({
      model: 'm-9',
      messages: [{ content: 'You help Ada.' }, { content: 'hi' }],
      tools: [{ function: { name: 'read_file' } }],
    });
  });

  it('that are not there, or say what nobody understands, are told with what is', async () => {
    const talk = await talkTo();
    agent(talk, 'critics', 'x');
    expect((await done(talk, asks())).error?.message).toContain('did you mean "critics"?');
    agent(talk, 'critic', '---\nmodle: x\n---\n');
    expect((await done(talk, asks())).error?.message).toContain('must not have the property "modle"');
  });
});

it('does what its example says', async () => {
  const result = await runExample('llm');
  expect(result.error).toBeUndefined();
  expect(result.outputs).toEqual({ answer: '4 words: a list of things to buy.', turns: 3, kind: 'list' });
});
