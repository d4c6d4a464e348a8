/** docs/robustness.md names a test for everything it says; each of them exists. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test('every test that docs/robustness.md names is there', () => {
  const page = readFileSync('docs/robustness.md', 'utf8');
  const named = [...page.matchAll(/`([\w/-]+) › ([^`]+)`/g)].map(([, file = '', title = '']) => ({
    file,
    title,
  }));
  expect(named.length).toBeGreaterThan(40);
  const missing = named.filter(({ file, title }) => {
    const source = [`test/${file}.test.ts`, `test/${file}.ts`].find((path) => existsSync(path));
    if (source === undefined) return true;
    const text = readFileSync(source, 'utf8');
    return !["'", '"', '`'].some((quote) => text.includes(`${quote}${title}${quote}`));
  });
  expect(missing).toEqual([]);
});

test('every row of its tables names one', () => {
  const rows = readFileSync('docs/robustness.md', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| when |') && !line.startsWith('| ---'));
  expect(rows.length).toBeGreaterThan(35);
  expect(rows.filter((row) => !row.includes(' › '))).toEqual([]);
});
