/** Generated pages and schemas are the ones that are committed. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { cliGeneratedFiles } from '../../src/cli/docs/index.ts';
import { EXIT } from '../../src/kernel/exit-codes.ts';

const files = cliGeneratedFiles();

test.each(Object.keys(files))('%s is up to date (npm run generate writes it)', (path) => {
  expect(existsSync(path)).toBe(true);
  expect(readFileSync(path, 'utf8')).toBe(files[path]);
});

test('no page or schema is left of a command that is gone', () => {
  const present = ['docs/commands', 'schemas/cli'].flatMap((folder) =>
    readdirSync(folder).map((name) => `${folder}/${name}`),
  );
  expect(present.filter((path) => files[path] === undefined)).toEqual([]);
});

test('every command has a page, and every exit code a row', () => {
  for (const { name, hidden } of COMMANDS) {
    if (hidden !== true) expect(files).toHaveProperty([`docs/commands/${name.replace(' ', '-')}.md`]);
  }
  for (const code of Object.values(EXIT)) expect(files['docs/exit-codes.md']).toContain(`| ${code} |`);
});

test('links between pages lead to files', () => {
  for (const [path, text] of Object.entries(files)) {
    for (const [, target = ''] of text.matchAll(/\]\(([^)#]+)\)/g)) {
      const url = new URL(target, `file:///${path}`);
      expect(existsSync(url.pathname.slice(1)), `${path} → ${target}`).toBe(true);
    }
  }
});
