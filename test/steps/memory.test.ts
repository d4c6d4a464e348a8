/** The memory kind: fields, the service behind it, a real embeddings endpoint, and what it must not keep. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openProject } from '../../src/app/index.ts';
import { acquireEngine } from '../../src/app/project.ts';
import { memoryService } from '../../src/app/step-memory.ts';
import { type Config, loadConfig } from '../../src/config/index.ts';
import { Redactor } from '../../src/kernel/redact.ts';
import { checkMemory } from '../../src/steps/memory/check.ts';
import { memory } from '../../src/steps/memory/index.ts';
import { testContext } from './context.ts';
import { runExample } from './run-example.ts';

interface World {
  folder: string;
  run(fields: Record<string, unknown>): Promise<Record<string, unknown>>;
}

async function newWorld(config: Partial<Config> = {}, secrets: [string, string][] = []): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'keystone-memory-kind-'));
  const env = {
    XDG_DATA_HOME: join(folder, 'data'),
    XDG_CONFIG_HOME: join(folder, 'config'),
    KEY: 'k-123456',
  };
  const project = openProject({
    cwd: folder,
    config: { ...loadConfig({ cwd: folder, env }).config, ...config },
  });
  const { release } = await acquireEngine(project);
  onTestFinished(async () => {
    await release();
    rmSync(folder, { recursive: true, force: true });
  });
  const service = memoryService({ project, redactor: new Redactor(secrets) } as never);
  const ctx = testContext({ services: { memory: service } });
  return { folder, run: async (fields) => (await memory.run?.(fields as never, ctx))?.output as never };
}

/** Vectors by what a text is about: two texts of one theme are near although they share no word. */
async function embeddingsServer(themes: readonly (readonly string[])[]) {
  const asked: { authorization: string | undefined; model: string; input: string[] }[] = [];
  const answers: { status: number; body?: string; headers?: Record<string, string> }[] = [];
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const { model, input } = JSON.parse(Buffer.concat(pieces).toString());
    asked.push({ authorization: request.headers.authorization, model, input });
    const odd = answers.shift();
    response.writeHead(odd?.status ?? 200, { 'content-type': 'application/json', ...odd?.headers });
    const data = input.map((text: string, index: number) => ({
      index,
      embedding: themes.map((words) => words.filter((word) => text.includes(word)).length),
    }));
    response.end(odd?.body ?? JSON.stringify({ data: data.reverse() }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/`;
  return { asked, answers, config: { embeddings: { baseUrl, model: 'small', apiKeyEnv: 'KEY' } } };
}

describe('by words', () => {
  it('finds what was stored, nearest first, with scores from 1 down', async () => {
    const { run } = await newWorld();
    const stored = await run({ op: 'store', text: 'the disk is full', metadata: { topic: 'fix' } });
    await run({ op: 'store', text: 'the port is taken' });
    expect(stored).toMatchObject({ isNew: true });
    const { matches } = await run({ op: 'search', query: 'full disk or port?' });
    expect(matches).toMatchObject([
      { id: stored.id, text: 'the disk is full', metadata: { topic: 'fix' }, score: 1 },
      { text: 'the port is taken', score: expect.closeTo(0.5, 0.2) },
    ]);
  });

  it('the same text with the same metadata is one memory, in whatever order its keys are', async () => {
    const { run } = await newWorld();
    const first = await run({ op: 'store', text: 't', metadata: { a: 1, b: 2 } });
    expect(await run({ op: 'store', text: 't', metadata: { b: 2, a: 1 } })).toEqual({
      id: first.id,
      isNew: false,
    });
    expect(await run({ op: 'store', text: 't', metadata: { a: 2 } })).toMatchObject({ isNew: true });
    expect(await run({ op: 'forget', ids: first.id })).toEqual({ forgotten: 1 });
    expect(await run({ op: 'forget', filter: {} })).toEqual({ forgotten: 1 });
  });

  it('projects do not see each other, but all see the global memory', async () => {
    const { run } = await newWorld();
    await run({ op: 'store', text: 'everywhere', scope: 'global' });
    expect(await run({ op: 'search', query: 'everywhere' })).toEqual({ matches: [] });
    expect((await run({ op: 'search', query: 'everywhere', scope: 'global' })).matches).toHaveLength(1);
  });

  it('keeps no secret, in text, metadata or query', async () => {
    const { folder, run } = await newWorld({}, [['token', 'tok-0123456789']]);
    await run({ op: 'store', text: 'use tok-0123456789 to log in', metadata: { key: 'tok-0123456789' } });
    const { matches } = await run({ op: 'search', query: 'log in' });
    expect(matches).toMatchObject([{ text: 'use *** to log in', metadata: { key: '***' } }]);
    const files = readdirSync(join(folder, '.keystone')).filter((name) => name.startsWith('memory.db'));
    expect(files.length).toBeGreaterThan(1);
    for (const file of files.filter((name) => !name.endsWith('.locks')))
      expect(readFileSync(join(folder, '.keystone', file)).includes('tok-0123456789')).toBe(false);
  });
});

describe('by meaning', () => {
  const themes = [
    ['space', 'disk', 'full'],
    ['port', 'listen', 'address in use'],
  ];

  it('finds a text that shares no word with the query', async () => {
    const { asked, config } = await embeddingsServer(themes);
    const { run } = await newWorld(config);
    await run({ op: 'store', text: 'the disk is full' });
    await run({ op: 'store', text: 'cannot listen' });
    const { matches } = await run({ op: 'search', query: 'no space left', limit: 1 });
    expect(matches).toMatchObject([{ text: 'the disk is full', score: 1 }]);
    expect(asked[0]).toMatchObject({ authorization: 'Bearer k-123456', model: 'small' });
  });

  it('gives vectors to what was stored before there was an endpoint', async () => {
    const { asked, config } = await embeddingsServer(themes);
    const late = { embeddings: undefined } as Partial<Config>;
    const { run } = await newWorld(late);
    await run({ op: 'store', text: 'the disk is full' });
    expect(asked).toEqual([]);
    const { run: other } = await newWorld(config);
    await other({ op: 'store', text: 'the disk is full', model: 'former' });
    expect((await other({ op: 'search', query: 'no space' })).matches).toHaveLength(1);
    expect(asked.map(({ model, input }) => `${model} ${input}`)).toEqual([
      'former the disk is full',
      'small the disk is full',
      'small no space',
    ]);
  });

  it.each([
    [{ status: 429, body: 'slow down', headers: { 'retry-after': '7' } }, 'EMBEDDINGS_STATUS', true, 7000],
    [{ status: 401, body: 'who?' }, 'EMBEDDINGS_STATUS', false, undefined],
    [{ status: 200, body: 'not json' }, 'EMBEDDINGS_RESPONSE', false, undefined],
    [{ status: 200, body: '{"data":[]}' }, 'EMBEDDINGS_RESPONSE', false, undefined],
    [{ status: 200, body: '{"data":[{"embedding":["a"]}]}' }, 'EMBEDDINGS_RESPONSE', false, undefined],
  ])(
    'an endpoint that answers %j fails the step and stores nothing',
    async (answer, code, retryable, wait) => {
      const { answers, config } = await embeddingsServer(themes);
      const { run } = await newWorld(config);
      answers.push(answer);
      await expect(run({ op: 'store', text: 'x' })).rejects.toMatchObject({
        code,
        retryable,
        retryAfterMs: wait,
      });
      expect(await run({ op: 'forget', filter: {} })).toEqual({ forgotten: 0 });
    },
  );

  it('a model without an endpoint is refused', async () => {
    const { run } = await newWorld();
    await expect(run({ op: 'search', query: 'x', model: 'm' })).rejects.toMatchObject({
      code: 'CONFIG_MISSING',
    });
  });
});

it.each([
  [{ op: 'store' }, 'op', 'needs "text"'],
  [{ op: 'forget' }, 'op', 'needs "ids" or "filter"'],
  [{ op: 'search', query: 'x', text: 'y' }, 'text', 'no meaning for op: search'],
])('%j is refused before it runs', (written, field, message) => {
  expect(checkMemory(written, new Set())).toMatchObject({ field, message: expect.stringContaining(message) });
  expect(checkMemory({ op: 'forget', filter: {} }, new Set())).toBeUndefined();
});

it('memory finds the fix in its example', async () => {
  expect(await runExample('memory')).toMatchObject({
    status: 'success',
    outputs: { fix: expect.stringContaining('docker system prune'), forgotten: 2 },
  });
});
