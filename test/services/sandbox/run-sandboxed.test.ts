/** The sandbox: what goes in and out, what cannot be reached, and what is cut off. */
import { describe, expect, it, test } from 'vitest';
import type { Json, JsonObject } from '../../../src/kernel/json.ts';
import {
  type HostFunction,
  runSandboxed,
  type SandboxResult,
} from '../../../src/services/sandbox/run-sandboxed.ts';

interface Options {
  scope?: JsonObject;
  functions?: Record<string, HostFunction>;
  prepare?: string;
  memoryLimitMb?: number;
  seed?: string;
  signal?: AbortSignal;
}

interface Ran {
  end: SandboxResult;
  stdout: string;
  stderr: string;
}

async function ran(code: string, options: Options = {}): Promise<Ran> {
  const printed = { stdout: '', stderr: '' };
  const end = await runSandboxed({
    code,
    scope: {},
    memoryLimitMb: 64,
    seed: 'seed',
    signal: new AbortController().signal,
    onConsole: (stream, text) => {
      printed[stream] += text;
    },
    ...options,
  });
  return { end, ...printed };
}

async function value(code: string, options?: Options): Promise<Json> {
  const { end } = await ran(code, options);
  if (end.how !== 'returned') throw new Error(JSON.stringify(end));
  return JSON.parse(end.json);
}

const ended = async (code: string, options?: Options): Promise<SandboxResult> =>
  (await ran(code, options)).end;

describe('values', () => {
  it.each<[string, Json]>([
    ['return 1 + 1', 2],
    ['', null],
    ['return undefined', null],
    ['return null', null],
    ['return { a: undefined, b: [undefined, null] }', { b: [null, null] }],
    ['return { at: new Date(0) }', { at: '1970-01-01T00:00:00.000Z' }],
    ['class Point { constructor() { this.x = 1 } } return new Point()', { x: 1 }],
    ['return await Promise.all([1, Promise.resolve(2)])', [1, 2]],
    ['return Object.create(null, { a: { value: 1, enumerable: true } })', { a: 1 }],
    ['const o = { n: 1 }; return [o, o]', [{ n: 1 }, { n: 1 }]],
    ['return "// no comment" // a comment', '// no comment'],
  ])('%s', async (code, expected) => {
    expect(await value(code)).toEqual(expected);
  });

  test('any text comes through as it was, both ways', async () => {
    const texts = ['é 💥 日本', 'a\0b', '\ud800 alone', '"\\\n\u2028', '__proto__', ''];
    const inputs = { texts, ['__proto__']: 1, 'odd key': { '': true } };
    expect(await value('return inputs', { scope: { inputs } })).toEqual(inputs);
  });

  test('a list of a million numbers goes in and comes out', async () => {
    const list = Array.from({ length: 1_000_000 }, (_, index) => index);
    const doubled = await value('return inputs.list.map((n) => n * 2)', { scope: { inputs: { list } } });
    expect(doubled).toHaveLength(1_000_000);
    expect((doubled as number[])[999_999]).toBe(1_999_998);
  });

  it.each([
    ['return () => 1', 'the result is a function'],
    ['return { a: [1, { "b c": Symbol("x") }] }', 'result.a[1]["b c"] is a symbol'],
    ['return { n: 10n }', 'result.n is a BigInt; use Number(value) or String(value)'],
    ['return [0 / 0]', 'result[0] is NaN, which JSON does not have'],
    ['return -Infinity', 'the result is -Infinity, which JSON does not have'],
    ['return { m: new Map() }', 'result.m is a Map; use Object.fromEntries(map)'],
    ['return { e: new TypeError("x") }', 'result.e is an Error; use its message'],
    ['return { p: Promise.resolve(1) }', 'result.p is a Promise; await it'],
    ['return new Uint8Array(2)', 'the result is a Uint8Array; use Array.from(value)'],
    ['const a = { b: {} }; a.b.c = a.b; return a', 'result.b.c is the same object as result.b: a cycle'],
    [
      'let deep = 1; for (let i = 0; i < 1000; i++) deep = [deep]; return deep',
      'the result is nested more than 500 levels deep',
    ],
  ])('%s is no JSON', async (code, message) => {
    expect(await ended(code)).toEqual({ how: 'not-json', message });
  });

  test('what is too large says how large it is', async () => {
    expect(await ended('return "x".repeat(11 * 1024 * 1024)')).toMatchObject({
      how: 'too-large',
      bytes: expect.closeTo(11 * 1024 * 1024, -2),
    });
  });
});

describe('console', () => {
  test('goes out by stream, with objects as JSON', async () => {
    const { stdout, stderr } = await ran(
      `console.log('a', { b: [1n, undefined] }, new Set([1]), () => 1, 'nul\\0 é');
       console.error(new RangeError('far'));
       console.warn(undefined, null);`,
    );
    expect(stdout).toBe('a {"b":["1n",null]} Set [1] [function anonymous] nul\0 é\n');
    expect(stderr).toMatch(/^RangeError: far\n {4}at .*script:2:.*\n[\s\S]*undefined null\n$/);
  });

  test('is cut where it would never end', async () => {
    const { stdout } = await ran('for (let i = 0; i < 20_000; i++) console.log("x".repeat(1000))');
    expect(stdout.length).toBeLessThan(11 * 1024 * 1024);
    expect(stdout).toMatch(/\(nothing more of what the script prints is kept\)\n$/);
  });
});

describe('errors', () => {
  it.each([
    ['\n\n  return inputs.a.b', { name: 'TypeError', frames: [{ line: 3, column: 18 }] }],
    ['return nope', { name: 'ReferenceError', message: "'nope' is not defined", frames: [{ line: 1 }] }],
    [
      'function f() {\n  throw new RangeError("é")\n}\nf()',
      {
        name: 'RangeError',
        message: 'é',
        frames: [
          { at: 'f', line: 2 },
          { at: '', line: 4 },
        ],
      },
    ],
    ['await 0;\nawait (async () => { null.x })()', { name: 'TypeError', frames: [{ line: 2 }, { line: 2 }] }],
    ['throw "text"', { message: 'text', frames: [] }],
    ['throw { code: 1 }', { message: '{"code":1}' }],
    ['throw null', { message: 'null' }],
    ['throw undefined', { message: 'undefined' }],
    ['throw Symbol("s")', { message: 'Symbol(s)' }],
    ['throw new Proxy({}, { get() { throw 1 } })', { how: 'threw' }],
    ['throw Object.assign(new Error(), { get message() { throw 1 } })', { how: 'threw' }],
    ['return JSON.parse("{")', { name: 'SyntaxError' }],
  ])('%s', async (code, expected) => {
    expect(await ended(code, { scope: { inputs: {} } })).toMatchObject({ how: 'threw', ...expected });
  });

  test('code that cannot be read says where', async () => {
    expect(await ended('let a = 1;\nlet b = ;')).toMatchObject({
      how: 'threw',
      name: 'SyntaxError',
      syntax: true,
      frames: [{ line: 2, column: 9 }],
    });
  });
});

describe('the world', () => {
  it.each([
    'typeof require',
    'typeof process',
    'typeof module',
    'typeof Buffer',
    'typeof fetch',
    'typeof setTimeout',
    'typeof WebAssembly',
    'typeof std',
    'typeof os',
    'typeof print',
    'typeof inputs',
  ])('has no %s', async (code) => {
    expect(await value(`return ${code}`)).toBe('undefined');
  });

  it.each([
    'return (() => {}).constructor("return typeof process")()',
    'return (async () => {}).constructor("return typeof process")()',
    'return [].constructor.constructor("return typeof process")()',
    'return new Function("return typeof globalThis.process")()',
    'return (0, eval)("typeof process")',
    'return console.log.constructor("return typeof process")()',
    'return host.constructor.constructor("return typeof process")()',
    'return (await host()).constructor.constructor("return typeof process")()',
    'try { null.x } catch (error) { return error.constructor.constructor("return typeof process")() }',
    'try { await host(1n) } catch (error) { return error.constructor.constructor("return typeof process")() }',
    'try { await fails() } catch (error) { return error.constructor.constructor("return typeof process")() }',
    'return Reflect.get(globalThis, "process") === undefined ? "undefined" : "there"',
  ])('is not reached by %s', async (code) => {
    const functions = {
      host: async () => ({ a: 1 }),
      fails: async () => {
        throw new Error('outside');
      },
    };
    expect(await value(code, { functions })).toBe('undefined');
  });

  it.each(['await import("node:fs")', 'await import("./x.js")', 'await import("std")'])(
    'is not imported by %s',
    async (code) => {
      expect(await ended(code)).toMatchObject({ how: 'threw', message: /could not load module/ });
    },
  );

  test('nothing a script does to its globals is seen by the next one', async () => {
    await value(`
      globalThis.left = 1;
      Object.prototype.polluted = 1;
      Array.prototype.map = Array.prototype.push = JSON.stringify = Promise.prototype.then = null;
      Object.defineProperty(globalThis, 'console', { value: 1 });
      return null`).catch(() => {});
    const code = 'return [typeof left, ({}).polluted ?? null, [1].map((n) => n + 1), typeof console]';
    expect(await value(code)).toEqual(['undefined', null, [2], 'object']);
    expect(({} as JsonObject).polluted).toBeUndefined();
  });

  test('a result that plays with prototypes is data', async () => {
    const made = await value(`return JSON.parse('{"__proto__": {"admin": true}, "constructor": 1}')`);
    expect(Object.getPrototypeOf(made)).toBe(Object.prototype);
    expect((made as JsonObject).admin).toBeUndefined();
    expect(Object.keys(made as JsonObject)).toEqual(['__proto__', 'constructor']);
  });

  test('a script that replaces what carries its result out harms only itself', async () => {
    expect(await value('JSON.stringify = () => "{"; Object.keys = () => []; return { a: 1 }')).toEqual({
      a: 1,
    });
    const odd = await ended('Object.prototype.toJSON = () => { while (false) {} return 5 }; return { a: 1 }');
    expect(odd.how).toBe('returned');
  });
});

describe('functions of the host', () => {
  const functions: Record<string, HostFunction> = {
    add: async ([a, b]) => Number(a) + Number(b),
    echo: async (args) => [...args],
    fails: async () => {
      throw new TypeError('not today');
    },
  };

  test('are called with values and answer with values, several at once', async () => {
    const code = 'return Promise.all([add(1, 2), add(3, 4), echo("é\\0", { a: [null] }), echo()])';
    expect(await value(code, { functions })).toEqual([3, 7, ['é\0', { a: [null] }], []]);
  });

  test('throw what the script may catch', async () => {
    const code = 'try { await fails() } catch (e) { return [e instanceof Error, e.name, e.message] }';
    expect(await value(code, { functions })).toEqual([true, 'TypeError', 'not today']);
  });

  test('tell who called them, and the error itself, when it is not caught', async () => {
    const end = await ended('const a = 1;\nawait fails();', { functions });
    expect(end).toMatchObject({ how: 'threw', message: 'not today', frames: [{ line: 2 }] });
    expect(end).toHaveProperty('cause', new TypeError('not today'));
  });

  test('take JSON only', async () => {
    expect(await ended('await echo(() => 1)', { functions })).toMatchObject({
      how: 'threw',
      name: 'TypeError',
      message: 'echo(): arguments[0] is a function',
    });
  });

  test('are called at most a hundred times at once', async () => {
    const code =
      'return Promise.all(Array.from({ length: inputs.n }, (_, n) => add(n, 1))).then((all) => all.length)';
    expect(await value(code, { functions, scope: { inputs: { n: 100 } } })).toBe(100);
    expect(await ended(code, { functions, scope: { inputs: { n: 101 } } })).toMatchObject({
      how: 'threw',
      message: 'more than 100 calls at once; await some before the next',
    });
  });

  test('may be made into others for the script', async () => {
    const prepare = '({ add }) => ({ plusOne: (n) => add(n, 1) })';
    expect(await value('return [await plusOne(4), typeof add]', { functions, prepare })).toEqual([
      5,
      'undefined',
    ]);
  });

  test('that nobody waits for any more are given up', async () => {
    const given = deferred();
    const slow: HostFunction = (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          given.resolve('given up');
          reject(signal.reason);
        });
      });
    expect(await value('slow(); return 1', { functions: { slow } })).toBe(1);
    expect(await given.promise).toBe('given up');
  });
});

function deferred(): { promise: Promise<unknown>; resolve(value: unknown): void } {
  let resolve: (value: unknown) => void = () => {};
  const promise = new Promise((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

describe('limits', () => {
  /** Stops the script once it has begun to do what it does. */
  const stopping = (): AbortSignal => AbortSignal.timeout(150);

  it.each([
    ['a loop', 'while (true) {}'],
    ['a loop behind a promise', 'await 0; for (;;) {}'],
    ['a loop in finally', 'try { while (true) {} } finally { while (true) {} }'],
    ['a loop that catches everything', 'while (true) { try { while (true) {} } catch {} }'],
    [
      'promises that make promises',
      '(function again() { Promise.resolve().then(again) })(); await new Promise(() => {})',
    ],
    ['a pattern that goes back and forth', 'return /^(a+)+$/.test("a".repeat(40) + "b")'],
    ['arithmetic that cannot be interrupted', 'return String((7n ** 300000n) ** 2n).length'],
    ['a getter of its result', 'return { get a() { while (true) {} } }'],
    ['an error that is never described', 'throw { toJSON() { while (true) {} } }'],
    ['a call without an answer', 'await never()'],
  ])('%s is cut off, and the next script runs', async (_, code) => {
    const signal = stopping();
    const functions = { never: () => new Promise<Json>(() => {}) };
    await expect(ran(code, { signal, functions })).rejects.toBe(await aborted(signal));
    expect(await value('return 1')).toBe(1);
  });

  test('while a script loops, everything else goes on', async () => {
    const signal = stopping();
    let turns = 0;
    const timer = setInterval(() => turns++, 5);
    const others = Promise.all(Array.from({ length: 5 }, (_, n) => value(`return ${n}`)));
    await expect(ran('while (true) {}', { signal })).rejects.toBeDefined();
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
    expect(await others).toEqual([0, 1, 2, 3, 4]);
  });

  it.each([
    ['texts', 'const all = []; for (;;) all.push("x".repeat(100_000) + all.length)'],
    ['one list', 'const all = []; for (;;) all.push(all.length)'],
    ['a buffer', 'return new ArrayBuffer(1e9).byteLength'],
    ['a long join', 'return new Array(2e7).join("abc").length + "x".repeat(5e8).length'],
    ['objects', 'let last = {}; for (;;) last = { last }'],
  ])('%s larger than the memory end the script', async (_, code) => {
    const end = await ended(code, { memoryLimitMb: 32 });
    // Some are refused before anything is taken.
    if (end.how === 'threw') expect(end.message).toMatch(/too long|invalid array|length/i);
    else expect(end).toEqual({ how: 'memory' });
    expect(await value('return 1')).toBe(1);
  });

  test('values that cannot fit are not even tried', async () => {
    const scope = { inputs: { text: 'x'.repeat(6 * 1024 * 1024) } };
    expect(await ended('return inputs.text.length', { scope, memoryLimitMb: 16 })).toEqual({ how: 'memory' });
    expect(await value('return inputs.text.length', { scope, memoryLimitMb: 32 })).toBe(6 * 1024 * 1024);
  });

  test('the memory of a script is its own to give', async () => {
    const code = 'return Array.from({ length: 2e6 }, (_, n) => n).length';
    expect(await value(code, { memoryLimitMb: 128 })).toBe(2e6);
    expect(await ended(code, { memoryLimitMb: 8 })).toEqual({ how: 'memory' });
    expect(await value('return 1', { memoryLimitMb: 4 })).toBe(1);
  });

  it.each([
    ['calls', 'const f = () => f(); f()'],
    ['calls through natives', 'const f = () => [1].map(f); f()'],
    ['brackets of eval', 'eval("(".repeat(200_000))'],
    ['lists of JSON', 'return JSON.parse("[".repeat(200_000))'],
  ])('too many nested %s are an error of the script', async (_, code) => {
    expect(await ended(code)).toMatchObject({
      how: 'threw',
      message: expect.stringMatching(/stack overflow/),
    });
  });

  test('recursion a thousand deep is fine', async () => {
    expect(await value('const f = (n) => (n === 0 ? 0 : 1 + f(n - 1)); return f(1000)')).toBe(1000);
  });

  test('a promise that nothing settles ends the script at once', async () => {
    expect(await ended('await new Promise(() => {})')).toEqual({ how: 'stuck' });
  });

  test('a script that is stopped before it begins does not begin', async () => {
    const signal = AbortSignal.abort(new Error('never mind'));
    await expect(ran('console.log(1)', { signal })).rejects.toThrow('never mind');
  });
});

function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    else signal.addEventListener('abort', () => resolve(signal.reason), { once: true });
  });
}

test('random numbers repeat for the same seed', async () => {
  const code = 'return [Math.random(), Math.random()]';
  const [a, again, other] = await Promise.all(['a', 'a', 'b'].map((seed) => value(code, { seed })));
  expect(again).toEqual(a);
  expect(other).not.toEqual(a);
  const many = (await value('return Array.from({ length: 1000 }, Math.random)')) as number[];
  expect(many.every((number) => number >= 0 && number < 1)).toBe(true);
  expect(many.reduce((sum, number) => sum + number, 0) / 1000).toBeCloseTo(0.5, 1);
  expect(new Set(many).size).toBe(1000);
});

test('many scripts at once each have their own', async () => {
  const code = 'globalThis.n = inputs.n; for (let i = 0; i < 1000; i++); return await twice(globalThis.n)';
  const functions: Record<string, HostFunction> = { twice: async ([n]) => Number(n) * 2 };
  const all = Array.from({ length: 40 }, (_, n) => value(code, { scope: { inputs: { n } }, functions }));
  expect(await Promise.all(all)).toEqual(Array.from({ length: 40 }, (_, n) => n * 2));
});
