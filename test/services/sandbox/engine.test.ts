/** Engines are renewed after scripts, and are as new. */
import { expect, it } from 'vitest';
import { Engine } from '../../../src/services/sandbox/engine.ts';
import { engineModule } from '../../../src/services/sandbox/engine-files.ts';
import { Guest } from '../../../src/services/sandbox/guest.ts';
import type { SandboxEnd } from '../../../src/services/sandbox/messages.ts';

/** Runs a script that may call `echo`, which answers at once, and `mute`, which never does. */
function ended(engine: Engine, code: string): { end: SandboxEnd | undefined; isTidy: boolean } {
  const answers: { call: number; json: string }[] = [];
  const guest: Guest = new Guest(
    engine,
    {
      code,
      scope: '{"inputs":{"a":[1,{"b":"é"}]}}',
      functions: ['echo', 'mute'],
      prepare: '(host) => ({ ...host })',
      memoryLimitMb: engine.memoryLimitMb,
      seed: [1, 2, 3, 4],
    },
    {
      print: () => {},
      call: (call, name, json) => name === 'echo' && answers.push({ call, json }),
      isStopped: () => false,
    },
  );
  let end = guest.start();
  for (let next = answers.shift(); next !== undefined && end === undefined; next = answers.shift())
    end = guest.answer(next.call, next.json !== '[]', next.json === '[]' ? '{"message":"empty"}' : next.json);
  return { end, isTidy: guest.close() };
}

it.each([
  'return inputs.a',
  'return [await echo(1), await Promise.all([echo(2), echo(3)])]',
  'try { await echo() } catch (error) { return error.message }',
  'await echo()',
  'mute(); echo(1); return 5',
  'await mute()',
  'throw new Error("no")',
  'throw { a: 1 }',
  'return () => 1',
  'return inputs.missing.x',
  'let x = ;',
  'await new Promise(() => {})',
  'const a = {}; a.a = a; globalThis.kept = [a, new Map([[a, a]]), () => a]; return 1',
  'globalThis.timer = (async () => { await new Promise(() => {}) })(); Promise.reject(1); return 2',
  'Object.prototype.x = Array.prototype.map = null; console.log(1); return Math.random()',
  'return "x".repeat(11e6)',
  'const it = (function* () { yield 1; yield 2 })(); it.next(); globalThis.it = it; return 1',
])('after %s it is renewed, and new', async (code) => {
  const engine = await Engine.create(await engineModule(), 64);
  const { isTidy } = ended(engine, code);
  expect(isTidy).toBe(true);
  const renewed = engine.renewed();
  // What has become large is given up, whatever it was.
  if (code.includes('11e6')) return expect(renewed).toBeUndefined();
  const left = 'return [typeof kept, typeof timer, typeof it, ({}).x === undefined, typeof [].map]';
  expect(ended(renewed!, left).end).toEqual({
    how: 'returned',
    json: '["undefined","undefined","undefined",true,"function"]',
  });
});

it('can be renewed a thousand times', async () => {
  let engine: Engine | undefined = await Engine.create(await engineModule(), 64);
  for (let time = 0; time < 1000; time++) {
    const { end, isTidy } = ended(engine!, `return (await echo(${time}))[0]`);
    expect({ end, isTidy }).toEqual({ end: { how: 'returned', json: String(time) }, isTidy: true });
    engine = engine!.renewed();
  }
});
