/** The script kind: what comes out, how it fails, what it is granted, and how it runs in a workflow. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { StepFailure } from '../../src/kernel/failure.ts';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { script } from '../../src/steps/script/index.ts';
import { runScript, type ScriptFields } from '../../src/steps/script/run.ts';
import type { ScriptConfig } from '../../src/steps/script/schema.ts';
import { SimulatedClock } from '../runtime/simulated-clock.ts';
import { serve } from '../services/http/local-server.ts';
import { type TestContext, type TestContextOptions, testContext } from './context.ts';
import { runExample } from './run-example.ts';

const CONFIG: ScriptConfig = { memoryLimitMb: 64, timeoutMs: 30_000, allowInsecure: false };

const context = (options: TestContextOptions & { config?: Partial<ScriptConfig> } = {}): TestContext =>
  testContext({ ...options, config: { ...CONFIG, ...options.config } });

async function output(fields: ScriptFields | string, ctx = context()): Promise<Json> {
  return (await runScript(typeof fields === 'string' ? { run: fields } : fields, ctx)).output;
}

async function failure(fields: ScriptFields | string, ctx = context()): Promise<StepFailure> {
  const thrown = await output(fields, ctx).then(
    (value) => value,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(StepFailure);
  return thrown as StepFailure;
}

it('gives what the script returns, and null for nothing', async () => {
  const ctx = context({ codeScope: { inputs: { list: [1, 2, 3] }, item: 'x' } });
  expect(await output('return [inputs.list.map((n) => n * 2), item]', ctx)).toEqual([[2, 4, 6], 'x']);
  expect(await output('inputs.list.push(4)', ctx)).toBeNull();
});

it('prints to the log of the step', async () => {
  const ctx = context();
  await output('console.log("one", { two: 2 }); console.error("three"); console.log("é")', ctx);
  expect(ctx.streamed).toMatchObject({ stdout: 'one {"two":2}\né\n', stderr: 'three\n' });
});

it('runs its example', async () => {
  expect(await runExample('script')).toMatchObject({
    status: 'success',
    outputs: {
      amounts: { Ada: 5, Grace: 1 },
      costs: { Ada: 49, Grace: 8 },
      lines: ['1. Ada: 5 things for 49.00', '2. Grace: 1 things for 8.00'],
    },
  });
});

describe('fails', () => {
  it.each<[string, { code: string; message: string; retryable: boolean }]>([
    [
      'null.x',
      { code: 'SCRIPT_ERROR', message: "TypeError: cannot read property 'x' of null", retryable: true },
    ],
    ['throw new Error("no luck")', { code: 'SCRIPT_ERROR', message: 'no luck', retryable: true }],
    [
      'throw new Error()',
      { code: 'SCRIPT_ERROR', message: 'the script threw an Error without a message', retryable: true },
    ],
    ['throw "text"', { code: 'SCRIPT_ERROR', message: 'the script threw text', retryable: true }],
    ['throw { a: 1 }', { code: 'SCRIPT_ERROR', message: 'the script threw {"a":1}', retryable: true }],
    [
      'return () => 1',
      {
        code: 'RESULT_NOT_JSON',
        message: 'what the script returned is no JSON: the result is a function',
        retryable: false,
      },
    ],
    [
      'return "x".repeat(1.1e7)',
      {
        code: 'OUTPUT_TOO_LARGE',
        message: 'the script returned 11000003 bytes of JSON; up to 10 MiB are possible',
        retryable: false,
      },
    ],
    [
      'for (const a = []; ; ) a.push("x".repeat(1e5) + a.length)',
      { code: 'SCRIPT_MEMORY', message: 'the script needs more than 64 MiB', retryable: false },
    ],
    [
      'await new Promise(() => {})',
      {
        code: 'SCRIPT_STUCK',
        message: 'the script waits for a promise that nothing will ever settle',
        retryable: false,
      },
    ],
    [
      'return /(?<a>x)|(?<a>y)/v.test("x") && (',
      {
        code: 'SCRIPT_SYNTAX',
        message: expect.stringContaining('the sandbox cannot read the script'),
        retryable: false,
      },
    ],
  ])('with %s', async (code, expected) => {
    expect(await failure(code)).toMatchObject(expected);
  });

  it('with the place of the error, and of what led there', async () => {
    const run = 'function deep(x) {\n  return x.y.z;\n}\nreturn [1].map(deep)';
    const { details } = await failure(run);
    expect(details).toMatchObject({
      name: 'TypeError',
      column: run.indexOf('.z') + 1,
      stack: expect.any(Array),
    });
    expect(details?.stack).toEqual([expect.stringMatching(/^deep /), expect.stringMatching(/^script /)]);
  });

  it.each([
    ['fetch("http://x")', 'write "allow: [fetch]"'],
    ['readFile("x")', 'write "allow: [readFile]"'],
    ['setTimeout(() => {}, 1)', 'there are no timers in a script'],
    ['require("fs")', 'a script is not in Node'],
    ['await import("fs")', 'a script is not in Node'],
    ['new URL("x")', 'without the libraries of browsers and Node'],
  ])('with a hint: %s', async (code, hint) => {
    expect((await failure(code)).details?.hint).toContain(hint);
  });

  it('by the memory limit of the step before that of the configuration', async () => {
    const run = 'return Array.from({ length: 1e6 }, (_, n) => n).length';
    expect(await failure({ run, memoryLimitMb: 8 })).toMatchObject({
      message: 'the script needs more than 8 MiB',
    });
    expect(await output({ run, memoryLimitMb: 64 }, context({ config: { memoryLimitMb: 8 } }))).toBe(1e6);
  });
});

describe('time', () => {
  function timed(options: Parameters<typeof context>[0] = {}): TestContext & { clock: SimulatedClock } {
    return { ...context(options), clock: new SimulatedClock() };
  }

  it.each(['while (true) {}', 'await 0; while (true) {}'])(
    'is limited by the configuration: %s',
    async (run) => {
      const ctx = timed();
      const failed = failure(run, ctx);
      await new Promise((resolve) => setTimeout(resolve, 50));
      ctx.clock.advance(29_999);
      ctx.clock.advance(1);
      expect(await failed).toMatchObject({
        code: 'TIMEOUT',
        message: 'the script took longer than 30000 ms',
        retryable: true,
        details: { hint: expect.stringContaining('"script.timeout"') },
      });
      expect(ctx.clock.armed).toBe(0);
    },
  );

  it('is left to the run when the step has a limit of its own, or the configuration none', async () => {
    for (const ctx of [timed({ timeoutMs: 60_000 }), timed({ config: { timeoutMs: 0 } })]) {
      const result = output('return 1', ctx);
      expect(ctx.clock.armed).toBe(0);
      expect(await result).toBe(1);
    }
  });

  it('is over with a cancel', async () => {
    const ctx = context();
    const failed = failure('while (true) {}', ctx);
    setTimeout(() => ctx.abort.abort(new Error('cancel')), 50);
    expect(await failed).toMatchObject({ code: 'CANCELED' });
    expect(await failure('return 1', ctx)).toMatchObject({ code: 'CANCELED' });
  });
});

it('has random numbers that repeat in the same attempt and differ in the next', async () => {
  const ctx = context();
  const [first, again] = [
    await output('return Math.random()', ctx),
    await output('return Math.random()', ctx),
  ];
  expect(again).toBe(first);
  expect(await output('return Math.random()', { ...ctx, attemptId: 'another' })).not.toBe(first);
});

describe('fetch', () => {
  const fetching = (run: string, more: Partial<ScriptFields> = {}): ScriptFields => ({
    run,
    allow: ['fetch'],
    allowPrivateNetwork: true,
    ...more,
  });

  it('asks servers and gives status, headers, text and JSON', async () => {
    const server = await serve({
      '/': (_, response) => void response.writeHead(201, { 'X-Kind': 'plain' }).end('{"a":[1]}'),
    });
    const ctx = context({ codeScope: { inputs: { url: server.url } } });
    const run = `
      const response = await fetch(inputs.url + '/', { method: 'post', headers: { 'X-One': '1' }, body: 'one' });
      const { status, ok, headers, url } = response;
      return { status, ok, kind: headers.get('X-KIND'), same: headers['x-kind'], none: headers.get('nope'),
        url: url === inputs.url + '/', text: await response.text(), json: await response.json() };`;
    expect(await output(fetching(run), ctx)).toEqual({
      status: 201,
      ok: true,
      kind: 'plain',
      same: 'plain',
      none: null,
      url: true,
      text: '{"a":[1]}',
      json: { a: [1] },
    });
    expect(server.asked).toMatchObject([{ method: 'POST', body: 'one', headers: { 'x-one': '1' } }]);
  });

  it('asks several at once', async () => {
    const server = await serve({ '/n': (_, response) => void response.end('1') });
    const run = `const all = await Promise.all([1, 2, 3].map(() => fetch('${server.url}/n').then((r) => r.json())));
      return all.reduce((sum, n) => sum + n)`;
    expect(await output(fetching(run))).toBe(3);
  });

  it('refuses private addresses, which a script may catch', async () => {
    const { url } = await serve({});
    expect(await failure(fetching(`await fetch('${url}')`, { allowPrivateNetwork: false }))).toMatchObject({
      code: 'BLOCKED_ADDRESS',
      retryable: false,
    });
    const run = `try { await fetch('${url}') } catch (error) { return error.code }`;
    expect(await output(fetching(run, { allowPrivateNetwork: false }))).toBe('BLOCKED_ADDRESS');
  });

  it('keeps what tells whether another attempt can help', async () => {
    expect(await failure(fetching("const a = 1;\nawait fetch('http://127.0.0.1:1/')"))).toMatchObject({
      code: 'NETWORK',
      retryable: true,
      details: { line: 1, column: 25 },
    });
  });

  it.each([
    ["fetch('/relative')", 'INVALID_URL', 'is no URL'],
    ["fetch('http://x', { redirect: 'error' })", 'SCRIPT_ERROR', 'fetch() does not know "redirect"'],
    ["fetch('http://x', { body: { a: 1 } })", 'SCRIPT_ERROR', 'body must be text; use JSON.stringify(value)'],
    [
      "fetch('http://x', { headers: { a: () => 1 } })",
      'SCRIPT_ERROR',
      'arguments[1].headers.a is a function',
    ],
    ["fetch('file:///etc/passwd')", 'INVALID_URL', 'only http and https'],
  ])('says what is wrong with %s', async (call, code, message) => {
    expect(await failure(fetching(`return await ${call}`))).toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it('is given up with the attempt', async () => {
    const server = await serve({ '/': () => {} });
    const ctx = context();
    const failed = failure(fetching(`await fetch('${server.url}/')`), ctx);
    await expect.poll(() => server.asked.length).toBe(1);
    ctx.abort.abort(new Error('cancel'));
    expect(await failed).toMatchObject({ code: 'CANCELED' });
  });

  it('holds no bytes that are no text', async () => {
    const { url } = await serve({ '/': (_, response) => void response.end(Buffer.from([0xff, 0])) });
    expect(await failure(fetching(`await fetch('${url}/')`))).toMatchObject({ code: 'NOT_TEXT' });
  });
});

describe('readFile', () => {
  function inFolder(): TestContext {
    const ctx = context();
    writeFileSync(join(ctx.cwd, 'a.txt'), 'é\n');
    writeFileSync(join(ctx.cwd, 'bytes'), Buffer.from([0xff]));
    writeFileSync(join(ctx.cwd, 'large'), Buffer.alloc(10 * 1024 * 1024 + 1));
    mkdirSync(join(ctx.cwd, 'folder'));
    symlinkSync('a.txt', join(ctx.cwd, 'inside'));
    symlinkSync('/etc/passwd', join(ctx.cwd, 'outside'));
    symlinkSync('/etc', join(ctx.cwd, 'folder/etc'));
    return ctx;
  }
  const reading = (path: string): ScriptFields => ({
    run: `return readFile(${JSON.stringify(path)})`,
    allow: ['readFile'],
  });

  it('reads what is in the folder of the run', async () => {
    const ctx = inFolder();
    for (const path of ['a.txt', './folder/../a.txt', 'inside', join(ctx.cwd, 'a.txt')])
      expect(await output(reading(path), ctx)).toBe('é\n');
  });

  it.each([
    ['../../etc/passwd', 'OUTSIDE_CWD', 'leads out of the folder of the run'],
    ['/etc/passwd', 'OUTSIDE_CWD', 'leads out'],
    ['outside', 'OUTSIDE_CWD', 'leads out'],
    ['folder/etc/passwd', 'OUTSIDE_CWD', 'leads out'],
    ['none', 'FILE_NOT_FOUND', 'there is no file "none"'],
    ['folder', 'NOT_A_FILE', 'a folder'],
    ['bytes', 'NOT_TEXT', 'use a file step'],
    ['large', 'TOO_LARGE', 'up to 10 MiB'],
    ['a\0b', 'INVALID_PATH', 'NUL'],
  ])('refuses %j', async (path, code, message) => {
    expect(await failure(reading(path), inFolder())).toMatchObject({
      code,
      retryable: false,
      message: expect.stringContaining(message),
    });
  });
});

describe('outside the sandbox', () => {
  const INSECURE = { config: { allowInsecure: true } };
  const insecure = (run: string): ScriptFields => ({ run, allowInsecure: true });

  it('is refused unless the configuration allows it, before a run and in it', async () => {
    expect(script.refuse?.({ run: '1', allowInsecure: true }, CONFIG)).toEqual({
      code: 'POLICY',
      message: expect.stringContaining('outside the sandbox'),
      hint: expect.stringContaining('script: { allowInsecure: true }'),
    });
    expect(script.refuse?.({ run: '1' }, CONFIG)).toBeUndefined();
    expect(
      script.refuse?.({ run: '1', allowInsecure: true }, { ...CONFIG, allowInsecure: true }),
    ).toBeUndefined();
    const refused = await failure(insecure('require("fs").writeFileSync("there", "")'));
    expect(refused).toMatchObject({ code: 'POLICY', retryable: false });
  });

  it('is in Node, with the same values in and out', async () => {
    const ctx = context({ ...INSECURE, env: { NAMED: 'yes' }, codeScope: { inputs: { n: 2 } } });
    const run = `
      const { basename } = await import('node:path');
      console.log('printed', process.env.NAMED);
      console.error('loud');
      return { n: inputs.n * 2, cwd: process.cwd(), base: basename(require.resolve('node:fs')), at: new Date(0) };`;
    expect(await output(insecure(run), ctx)).toEqual({
      n: 4,
      cwd: ctx.cwd,
      base: 'node:fs',
      at: '1970-01-01T00:00:00.000Z',
    });
    expect(ctx.streamed).toMatchObject({ stdout: 'printed yes\n', stderr: 'loud\n' });
    expect(ctx.started).toHaveLength(1);
  });

  it.each([
    ['const a = 1;\nnull.x', { code: 'SCRIPT_ERROR', details: { name: 'TypeError', column: 19 } }],
    ['throw "text"', { code: 'SCRIPT_ERROR', message: 'the script threw text' }],
    [
      'return { f() {} }',
      { code: 'RESULT_NOT_JSON', message: expect.stringContaining('result.f is a function') },
    ],
    ['return "x".repeat(1.1e7)', { code: 'OUTPUT_TOO_LARGE' }],
    [
      'console.error("bye"); process.exit(3)',
      { code: 'SCRIPT_ENDED', details: { exitCode: 3, stderr: 'bye\n' } },
    ],
    [
      'setTimeout(() => { throw new Error("late") }); await new Promise(() => {})',
      { code: 'SCRIPT_ENDED', details: { exitCode: 1 } },
    ],
  ])('fails with %s', async (run, expected) => {
    expect(await failure(insecure(run), context(INSECURE))).toMatchObject(expected);
  });

  it('has the memory it is given', async () => {
    const run = 'const all = []; for (;;) all.push(new Array(1e5).fill(all.length))';
    expect(await failure({ ...insecure(run), memoryLimitMb: 32 }, context(INSECURE))).toMatchObject({
      code: 'SCRIPT_MEMORY',
      message: 'the script needs more than 32 MiB',
    });
  });

  it('ends with a cancel, and does not wait for what the script left open', async () => {
    const ctx = context(INSECURE);
    const failed = failure(insecure('setInterval(() => {}, 1000); await new Promise(() => {})'), ctx);
    await expect.poll(() => ctx.started.length).toBe(1);
    ctx.abort.abort(new Error('cancel'));
    expect(await failed).toMatchObject({ code: 'CANCELED' });
    expect(await output(insecure('setInterval(() => {}, 1000); return 1'), context(INSECURE))).toBe(1);
  });
});

test('a dry run and a manifest see what it may do', () => {
  const fields: ScriptFields = { run: '\n  return 1\n', allow: ['fetch', 'readFile'] };
  expect(script.describe?.(fields)).toBe('JavaScript in a sandbox, allowed fetch, readFile: return 1');
  expect(script.permissions?.({ ...fields, allowInsecure: true })).toEqual([
    { to: 'unsandboxed', what: 'JavaScript: return 1' },
    { to: 'connect', what: 'any host' },
    { to: 'read', what: 'any file below the folder of the run' },
  ]);
  expect(script.permissions?.({ run: 'return 1' })).toEqual([]);
  const hasEffect = (written: JsonObject): boolean | undefined => script.hasEffect?.(written);
  expect([
    hasEffect({ run: '' }),
    hasEffect({ allow: ['fetch'] }),
    hasEffect({ allowInsecure: true }),
  ]).toEqual([false, true, true]);
});
