/** The section `providers`: names, paths, refusals. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { examineConfig } from '../../src/config/index.ts';

function load(text: string) {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'keystone-config-')));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, '.keystone'));
  writeFileSync(join(root, '.keystone/config.yaml'), text);
  const { config, problems } = examineConfig({ cwd: root, env: { XDG_CONFIG_HOME: join(root, 'xdg') } });
  return {
    root,
    config,
    problems: problems.flatMap((file) => file.diagnostics.map(({ message }) => message)),
  };
}

test('the script of a played model is relative to the folder of the project', () => {
  const { root, config, problems } = load(
    'providers: { mock: { type: openai, mock: a/script.yaml, timeout: 5s } }',
  );
  expect(problems).toEqual([]);
  expect(config.providers).toEqual({
    mock: { name: 'mock', type: 'openai', timeoutMs: 5000, prices: {}, mock: join(root, 'a/script.yaml') },
  });
});

test.each([
  ['providers: { mock: { type: other } }', 'type'],
  ['providers: { mock: { type: openai, mocks: x } }', 'mocks'],
])('%s is refused', (text, told) => {
  expect(load(text).problems.join()).toContain(told);
});
