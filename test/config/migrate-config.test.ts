/** Moving settings between the files of project and user: comments, conflicts, and back again. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { planMove, writeMove } from '../../src/config/index.ts';

let folder: string;
const at = (name: string): string => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keystone-migrate-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const PROJECT = `# Settings of this project.
concurrency: 4 # as many as there are licences
# Shared machines
pools:
  gpu: 1 # one card
  api: { limit: 3 }
storage:
  durability: normal
  path: runs.db
`;

test('a key moves with its comments, a group with all its keys, and an emptied group goes', () => {
  writeFileSync(at('project.yaml'), PROJECT);
  writeFileSync(at('user.yaml'), '# Mine\nui: { color: never }\n');
  const keys = ['pools', 'storage.path', 'storage.durability'];
  const move = planMove({ from: at('project.yaml'), to: at('user.yaml'), keys });
  expect(move.to.after).toBe(`# Mine
ui: { color: never }
# Shared machines
pools:
  gpu: 1 # one card
  api: { limit: 3 }
storage:
  path: runs.db
  durability: normal
`);
  expect(move.from.after).toBe(
    '# Settings of this project.\nconcurrency: 4 # as many as there are licences\n',
  );
  expect(readFileSync(at('project.yaml'), 'utf8')).toBe(PROJECT);
});

test('what was moved can be moved back, and the files as they were are kept', () => {
  writeFileSync(at('project.yaml'), PROJECT);
  const move = planMove({ from: at('project.yaml'), to: at('user/config.yaml'), keys: [] });
  writeMove(move);
  expect(readFileSync(at('project.yaml'), 'utf8')).toBe('');
  expect(readFileSync(at('project.yaml.bak'), 'utf8')).toBe(PROJECT);
  expect(existsSync(at('user/config.yaml.bak'))).toBe(false);
  writeMove(planMove({ from: at('user/config.yaml'), to: at('project.yaml'), keys: [] }));
  for (const line of PROJECT.split('\n')) expect(readFileSync(at('project.yaml'), 'utf8')).toContain(line);
});

test.each([
  [['pools'], 'pools: { gpu: 2 }\n', 'CONFIG_CONFLICT'],
  [['nothing'], '', 'UNKNOWN_KEY'],
  [[], 'a: [\n', 'CONFIG_SYNTAX'],
])('moving %j beside %j is refused and changes nothing', (keys, target, code) => {
  writeFileSync(at('project.yaml'), PROJECT);
  writeFileSync(at('user.yaml'), target);
  expect(() => planMove({ from: at('project.yaml'), to: at('user.yaml'), keys })).toThrow(
    expect.objectContaining({ code, exitCode: 2 }),
  );
  expect(() => planMove({ from: at('none.yaml'), to: at('user.yaml'), keys })).toThrow(
    expect.objectContaining({ code: 'CONFIG_MISSING' }),
  );
});
