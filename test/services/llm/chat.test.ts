/** Turns by the real clients against a model of both protocols on real HTTP. */
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Reply } from '../../../src/mock-llm/script.ts';
import { type MockLlm, startMockLlm } from '../../../src/mock-llm/server.ts';
import type { ChatDecision, ChatReply, ChatRequest } from '../../../src/services/llm/chat.ts';
import { createLlmService, type LlmConfig } from '../../../src/services/llm/llm-service.ts';

const step = { runId: 'r', path: 'ask' };

async function mock(...replies: Reply[]): Promise<MockLlm> {
  const server = await startMockLlm({ script: { replies } });
  onTestFinished(() => server.close());
  return server;
}

function configOf(url: string, more: Partial<LlmConfig> = {}): LlmConfig {
  const common = { timeoutMs: 5000, prices: { 'm*': { input: 2, cached: 0.5, output: 10 } } };
  return {
    providers: {
      open: {
        name: 'open',
        type: 'openai',
        baseUrl: `${url}/v1`,
        apiKey: 'k-open',
        defaultModel: 'm-1',
        ...common,
      },
      claude: {
        name: 'claude',
        type: 'anthropic',
        baseUrl: url,
        apiKeyEnv: 'CLAUDE',
        defaultModel: 'm-2',
        ...common,
      },
    },
    defaultProvider: 'open',
    modelMappings: { 'claude-*': 'claude' },
    environment: { CLAUDE: 'k-claude' },
    ...more,
  };
}

async function ask(
  server: MockLlm,
  request: Partial<ChatRequest> = {},
  more: Partial<LlmConfig> & { signal?: AbortSignal } = {},
): Promise<ChatReply & { streamed: string[]; decisions: ChatDecision[] }> {
  const streamed: string[] = [];
  const decisions: ChatDecision[] = [];
  const reply = await createLlmService(configOf(server.url, more)).chat(
    { messages: [{ role: 'user', content: 'hello' }], ...request },
    {
      signal: more.signal ?? new AbortController().signal,
      step,
      onText: (text) => streamed.push(text),
      onDecision: (decision) => decisions.push(decision),
    },
  );
  return { ...reply, streamed, decisions };
}

describe.each([
  ['openai', 'open', '/v1/chat/completions'],
  ['anthropic', 'claude', '/v1/messages'],
])('%s', (_type, provider, path) => {
  it('streams a text, counts tokens, tells the cost', async () => {
    const server = await mock({ text: 'Hello, wörld!', usage: { input: 1000, cached: 400, output: 100 } });
    const reply = await ask(server, { provider, system: 'be kind', maxTokens: 50, temperature: 0.5 });
    expect(reply).toMatchObject({
      content: 'Hello, wörld!',
      toolCalls: [],
      finish: 'stop',
      usage: { input: 1000, cachedInput: 400, output: 100 },
      provider,
    });
    expect(reply.cost).toBeCloseTo((600 * 2 + 400 * 0.5 + 100 * 10) / 1e6, 10);
    expect(reply.streamed.length).toBeGreaterThan(1);
    expect(reply.streamed.join('')).toBe('Hello, wörld!');
    expect(server.requests[0]).toMatchObject({ path, body: { stream: true, temperature: 0.5 } });
    expect(JSON.stringify(server.requests[0]?.body)).toContain('be kind');
  });

  it('offers tools, takes several calls of one turn, and sends their results back', async () => {
    const server = await mock(
      {
        text: 'Let me see.',
        tool_calls: [
          { name: 'add', arguments: { a: 1 } },
          { name: 'now', arguments: {} },
        ],
      },
      { text: 'done' },
    );
    const tools = [
      {
        name: 'add',
        description: 'Adds.',
        parameters: { type: 'object', properties: { a: { type: 'number' } } },
      },
    ];
    const first = await ask(server, { provider, tools });
    expect(first).toMatchObject({ content: 'Let me see.', finish: 'tools' });
    expect(first.toolCalls.map(({ name, arguments: given }) => [name, JSON.parse(given)])).toEqual([
      ['add', { a: 1 }],
      ['now', {}],
    ]);
    await ask(server, {
      provider,
      tools,
      messages: [
        { role: 'user', content: 'hello' },
        { role: 'assistant', content: first.content, toolCalls: first.toolCalls },
        ...first.toolCalls.map(({ id, name }) => ({
          role: 'tool' as const,
          callId: id,
          name,
          content: `of ${name}`,
        })),
      ],
    });
    const sent = JSON.stringify(server.requests[1]?.body.messages);
    for (const { id } of first.toolCalls) expect(sent.split(id).length).toBe(3);
    expect(sent).toContain('of add');
    expect(sent).toContain('of now');
  });

  it('gives an answer of a schema as its text', async () => {
    const schema = { type: 'object', required: ['n'], properties: { n: { type: 'integer' } } };
    const reply: Reply =
      provider === 'open'
        ? { json: { n: 7 } }
        : { tool_calls: [{ name: 'give_answer', arguments: { n: 7 } }] };
    const server = await mock(reply);
    const answer = await ask(server, { provider, answer: { name: 'result', schema } });
    expect(JSON.parse(answer.content)).toEqual({ n: 7 });
    expect(answer).toMatchObject({ finish: 'stop', toolCalls: [] });
    expect(JSON.stringify(server.requests[0]?.body)).toContain('"required":["n"]');
  });

  it.each([
    [{ status: 429, retryAfter: 3 }, 'LLM_RATE_LIMIT', true, 3000],
    [{ status: 529 }, 'LLM_OVERLOADED', true, undefined],
    [{ status: 500, error: 'oops' }, 'LLM_SERVER', true, undefined],
    [{ status: 401 }, 'LLM_AUTH', false, undefined],
    [{ status: 400, error: 'prompt is too long: 9 tokens' }, 'LLM_CONTEXT_LENGTH', false, undefined],
    [{ status: 400, error: 'odd' }, 'LLM_REQUEST', false, undefined],
    [{ text: 'a long text in pieces', chunks: 8, cutAfter: 4 }, 'LLM_STREAM_CUT', true, undefined],
  ])(
    'says of %j what it is, once, without trying again by itself',
    async (reply, code, retryable, retryAfterMs) => {
      const server = await mock(reply, { text: 'second' });
      await expect(ask(server, { provider })).rejects.toMatchObject({ code, retryable, retryAfterMs });
      expect(server.requests).toHaveLength(1);
    },
  );

  it('tells a limit that was reached, and a refusal', async () => {
    const server = await mock({ text: 'half', finish: 'length' }, { text: 'no', finish: 'refused' });
    expect(await ask(server, { provider })).toMatchObject({ content: 'half', finish: 'length' });
    expect(await ask(server, { provider })).toMatchObject({ finish: 'refused' });
  });

  it('ends when it is aborted, with the reason it was given', async () => {
    const server = await mock({ text: 'late', delayMs: 5000 });
    const abort = new AbortController();
    const asking = ask(server, { provider }, { signal: abort.signal });
    await expect.poll(() => server.requests.length).toBe(1);
    abort.abort(new Error('canceled by the test'));
    await expect(asking).rejects.toThrow('canceled by the test');
  });
});

describe('who answers', () => {
  it.each([
    [{}, 'open', 'm-1', 'the default'],
    [{ provider: 'claude' }, 'claude', 'm-2', 'the step names it'],
    [{ model: 'claude-x' }, 'claude', 'claude-x', 'it answers for claude-x'],
    [{ model: 'claude:special' }, 'claude', 'special', 'it answers for claude:special'],
    [{ model: 'llama3.2:1b' }, 'open', 'llama3.2:1b', 'it answers for llama3.2:1b'],
  ])('%j is answered by %s with model %s', async (request, provider, model, reason) => {
    const server = await mock({ text: 'x' });
    const reply = await ask(server, request);
    expect(reply).toMatchObject({ provider, decisions: [{ what: 'route', provider, model, reason }] });
    expect(server.requests[0]?.body.model).toBe(model);
  });

  it('keys go to whom they belong', async () => {
    const server = await mock({ text: 'x', times: 'always' });
    await ask(server, { provider: 'open' });
    await ask(server, { provider: 'claude' });
    expect(server.requests.map(({ headers }) => headers.authorization ?? headers['x-api-key'])).toEqual([
      'Bearer k-open',
      'Bearer k-claude',
    ]);
    await expect(ask(server, { provider: 'claude' }, { environment: {} })).rejects.toMatchObject({
      code: 'LLM_AUTH',
      message: expect.stringContaining('CLAUDE, which is not set'),
    });
  });

  it('what is not configured is said with what to write', async () => {
    const server = await mock();
    await expect(ask(server, { provider: 'nobody' })).rejects.toMatchObject({ code: 'UNKNOWN_PROVIDER' });
    await expect(ask(server, {}, { providers: {} })).rejects.toMatchObject({
      message: expect.stringContaining('providers: {'),
    });
    await expect(ask(server, {}, { defaultProvider: undefined })).rejects.toMatchObject({
      message: expect.stringContaining('open, claude'),
    });
  });

  it('a server that is not there cannot be reached', async () => {
    const server = await mock();
    await server.close();
    await expect(ask(server)).rejects.toMatchObject({ code: 'LLM_UNREACHABLE', retryable: true });
  });
});

it('200 conversations at once lose nothing', async () => {
  const server = await mock({ text: 'x'.repeat(2000), chunks: 20, times: 'always' });
  const replies = await Promise.all(
    Array.from({ length: 200 }, (_, at) => ask(server, { provider: at % 2 ? 'open' : 'claude' })),
  );
  expect(new Set(replies.map(({ content, streamed }) => `${content.length} ${streamed.length}`))).toEqual(
    new Set(['2000 20']),
  );
});
