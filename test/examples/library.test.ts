/** The programs of docs/library.md, as a user of the package would run them. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureBuilt } from '../cli/build.ts';

const folder = mkdtempSync(join(tmpdir(), 'keystone-library-'));
const blocks = [...readFileSync('docs/library.md', 'utf8').matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].map(
  ([, language = '', text = '']) => ({ language, text, file: /^(?:#|\/\/) (\S+\.\w+)\n/.exec(text)?.[1] }),
);

beforeAll(async () => {
  await ensureBuilt();
  writeFileSync(join(folder, 'package.json'), '{ "name": "user" }\n');
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(process.cwd(), join(folder, 'node_modules/keystone-cli'));
  symlinkSync(join(process.cwd(), 'node_modules/@sinclair'), join(folder, 'node_modules/@sinclair'));
  for (const { file, text } of blocks) if (file !== undefined) writeFileSync(join(folder, file), text);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const programs = blocks.flatMap(({ file, language }, index) =>
  language === 'js' && file !== undefined
    ? [{ file, printed: blocks.slice(index).find((block) => block.language === 'text')?.text }]
    : [],
);

test.each(programs)('$file prints what the page says', async ({ file, printed }) => {
  const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: folder });
  expect(stdout).toBe(printed);
});

test('the page has its two programs', () => {
  expect(programs.map(({ file }) => file)).toEqual(['run.mjs', 'shout.mjs']);
});
