import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { copyLines } from '../../../src/services/files/copy-lines.ts';
import { LineReader } from '../../../src/services/files/line-reader.ts';

const folder = mkdtempSync(join(tmpdir(), 'keystone-lines-'));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (text: string): string => {
  const path = join(folder, 'lines');
  writeFileSync(path, text);
  return path;
};

async function copyOf(text: string): Promise<{ text: string; total: number }> {
  const pieces: Buffer[] = [];
  const file = await open(write(text));
  const { signal } = new AbortController();
  const total = await copyLines(file, (bytes) => pieces.push(Buffer.from(bytes)), { name: 'f', signal });
  await file.close();
  return { text: Buffer.concat(pieces).toString(), total };
}

test('a copy has the lines that the transform `lines` gives, each with one end', async () => {
  const parts = fc.array(fc.constantFrom('a', 'é', '\n', '\r\n', '\r', 'x'.repeat(40)), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(parts, async (each) => {
      const text = each.join('');
      const lines = text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/);
      expect(await copyOf(text)).toEqual({
        text: lines.map((line) => `${line}\n`).join(''),
        total: lines.length,
      });
    }),
  );
});

test('any line is found, in any order, in files of any number of blocks', () => {
  const lengths = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 250, max: 1100 }));
  fc.assert(
    fc.property(lengths, fc.array(fc.nat({ max: 1200 }), { maxLength: 40 }), (length, asked) => {
      const lines = Array.from({ length }, (_, n) => `${n} ${'é'.repeat(n % 700)}`);
      const reader = new LineReader(write(lines.map((line) => `${line}\n`).join('')), length);
      for (const index of [...asked, length - 1, length, -1])
        expect(reader.at(index)).toBe(index < 0 ? undefined : lines[index]);
    }),
    { numRuns: 60 },
  );
});

test('a file that has become shorter is noticed', () => {
  const path = write('a\nb\nc\n');
  truncateSync(path, 3);
  const reader = new LineReader(path, 3);
  expect(reader.at(0)).toBe('a');
  expect(() => reader.at(2)).toThrow('has fewer than 3 lines');
});

test('what is appended while a file is read is left out', async () => {
  const path = write('a line\n'.repeat(200_000));
  const file = await open(path);
  const { signal } = new AbortController();
  const total = await copyLines(file, () => appendFileSync(path, 'one more\n'), { name: 'f', signal });
  await file.close();
  expect(total).toBe(200_000);
});
