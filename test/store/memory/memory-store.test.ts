import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/kernel/json.ts';
import { openMemory } from '../../../src/store/index.ts';
import type { MemoryStore } from '../../../src/store/memory-port.ts';

let folder: string;
let memory: MemoryStore;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keystone-memory-'));
  memory = await openMemory({ path: join(folder, 'memory.db'), durability: 'normal' });
});
afterEach(async () => {
  await memory.close();
  rmSync(folder, { recursive: true, force: true });
});

const all = { filter: {}, limit: 100 };
const put = (id: string, text: string, metadata: JsonObject = {}, createdAt = 1) =>
  memory.put({ id, text, metadata, createdAt });
const idsOf = (hits: readonly { id: string }[]) => hits.map(({ id }) => id);

describe('words', () => {
  test('the text with the rarer words comes first, whatever their case and accents', async () => {
    await put('a', 'the deploy of the café failed because the disk was full');
    await put('b', 'the deploy went well');
    await put('c', 'nothing to do with it');
    expect(idsOf(await memory.byWords('Deploy CAFE', all))).toEqual(['a', 'b']);
  });

  test('of two texts with a word the shorter, and the one that repeats it, is nearer', async () => {
    await put('long', `disk ${'filler words that say nothing '.repeat(20)}`);
    await put('short', 'disk full');
    await put('twice', 'disk disk');
    expect(idsOf(await memory.byWords('disk', all))).toEqual(['twice', 'short', 'long']);
  });

  test.each(['', '   ', '"', 'AND OR NOT', 'a* NEAR/3 (b', "'; DROP TABLE memories; --", '\u0000'])(
    'a question of odd characters is no query of its own: %j',
    async (question) => {
      await put('a', 'plain text');
      expect(await memory.byWords(question, all)).toEqual([]);
      expect(await memory.count()).toBe(1);
    },
  );

  test('any text is found by any of its words', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), async (text) => {
        await put(text, text);
        const word = /[a-z0-9]{2,}/i.exec(text)?.[0];
        if (word !== undefined && /^[\x20-\x7e]+$/.test(text))
          expect(idsOf(await memory.byWords(word, { filter: {}, limit: 10_000 }))).toContain(text);
      }),
      { numRuns: 50 },
    );
  });
});

describe('vectors', () => {
  const vector = (...values: number[]) => ({ model: 'm', values: Float32Array.from(values) });

  test('the nearest by angle comes first; other models and other lengths are not compared', async () => {
    await memory.put({ id: 'east', text: 'e', metadata: {}, createdAt: 1 }, vector(5, 0, 0));
    await memory.put({ id: 'north', text: 'n', metadata: {}, createdAt: 1 }, vector(0, 1, 0));
    await memory.put(
      { id: 'other', text: 'o', metadata: {}, createdAt: 1 },
      { ...vector(1, 0, 0), model: 'another' },
    );
    const hits = await memory.byVector(vector(1, 0.5, 0), all);
    expect(idsOf(hits)).toEqual(['east', 'north']);
    expect(hits[0]?.score).toBeCloseTo(0.894, 3);
    expect(await memory.byVector(vector(0, 0, 0), all)).toMatchObject([{ score: 0 }, { score: 0 }]);
  });

  test('what has no vector of a model can be given one later', async () => {
    await put('a', 'one');
    await put('b', 'two');
    await memory.put({ id: 'a', text: 'one', metadata: {}, createdAt: 1 }, vector(1));
    expect(idsOf(await memory.withoutVector('m', 10))).toEqual(['b']);
    expect(await memory.count()).toBe(2);
  });
});

describe('filters and forgetting', () => {
  test('a filter asks for values; a list for one of them, on either side', async () => {
    await put('a', 'word', { lang: 'ts', tags: ['x', 'y'], deep: { n: 1 } });
    await put('b', 'word', { lang: 'py', tags: ['y'] });
    const by = async (filter: JsonObject) => idsOf(await memory.byWords('word', { filter, limit: 9 })).sort();
    expect(await by({ lang: 'ts' })).toEqual(['a']);
    expect(await by({ lang: ['ts', 'py'] })).toEqual(['a', 'b']);
    expect(await by({ tags: 'y' })).toEqual(['a', 'b']);
    expect(await by({ tags: 'x', lang: 'py' })).toEqual([]);
    expect(await by({ deep: { n: 1 } })).toEqual(['a']);
    expect(await by({ constructor: 'x' })).toEqual([]);
  });

  test('what is forgotten is found no more, by words or by vector', async () => {
    await memory.put(
      { id: 'a', text: 'word', metadata: { k: 1 }, createdAt: 1 },
      { model: 'm', values: Float32Array.of(1) },
    );
    await put('b', 'word', { k: 2 });
    expect(await memory.forget({ filter: { k: 1 } })).toBe(1);
    expect(await memory.forget({ ids: ['a', 'none'] })).toBe(0);
    expect(idsOf(await memory.byWords('word', all))).toEqual(['b']);
    expect(await memory.byVector({ model: 'm', values: Float32Array.of(1) }, all)).toEqual([]);
    expect(await memory.forget({ filter: {} })).toBe(1);
  });

  test('two processes share it, and it is there when it is opened again', async () => {
    const other = await openMemory({ path: join(folder, 'memory.db'), durability: 'normal' });
    await other.put({ id: 'a', text: 'shared word', metadata: {}, createdAt: 7 });
    expect(await put('a', 'shared word')).toBe(false);
    expect(await memory.byWords('shared', all)).toMatchObject([{ id: 'a', createdAt: 7 }]);
    await other.close();
    await memory.close();
    memory = await openMemory({ path: join(folder, 'memory.db') });
    expect(idsOf(await memory.byWords('shared', all))).toEqual(['a']);
  });
});
