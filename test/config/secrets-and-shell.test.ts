/** The sections `secrets` and `shell`: their defaults, forms, variables and refusals. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CONFIG_KEYS, examineConfig } from '../../src/config/index.ts';
import { SHELLS } from '../../src/services/process/quote-for-shell.ts';

let root: string;
let env: Record<string, string>;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'keystone-config-')));
  mkdirSync(join(root, '.keystone'));
  env = { XDG_CONFIG_HOME: join(root, 'xdg') };
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function load(text = '') {
  writeFileSync(join(root, '.keystone/config.yaml'), text);
  const { config, problems } = examineConfig({ cwd: root, env });
  return { ...config, problems: problems.flatMap((file) => file.diagnostics.map(({ message }) => message)) };
}

test('without a word about them, secrets come from the environment and .env, and scripts are run by sh', () => {
  const { secrets, shell, storage } = load();
  expect(secrets).toEqual({
    command: undefined,
    timeoutMs: 30_000,
    files: [join(root, '.env')],
    names: [],
  });
  expect(shell).toEqual({ default: 'sh', denylist: [], sandbox: 'off' });
  expect(storage.redactSecretsAtRest).toBe(true);
});

test('a command is a program or a script; files are relative to the project', () => {
  const { secrets } = load(
    'secrets: { command: [vault, read], timeout: 2m, files: [.env, /etc/keys], names: ["*_TOKEN"] }',
  );
  expect(secrets).toEqual({
    command: ['vault', 'read'],
    timeoutMs: 120_000,
    files: [join(root, '.env'), '/etc/keys'],
    names: ['*_TOKEN'],
  });
  expect(load('secrets: { command: "pass $1" }').secrets.command).toBe('pass $1');
});

test('variables take their place', () => {
  Object.assign(env, {
    KEYSTONE_SECRETS_COMMAND: 'pass',
    KEYSTONE_SECRETS_FILES: '.env, .env.local',
    KEYSTONE_SHELL_DEFAULT: 'bash',
    KEYSTONE_SHELL_DENYLIST: 'reboot,git push',
    KEYSTONE_SHELL_SANDBOX: 'required',
    KEYSTONE_STORAGE_REDACT_SECRETS_AT_REST: 'false',
  });
  const { secrets, shell, storage } = load();
  expect(secrets.command).toBe('pass');
  expect(secrets.files).toEqual([join(root, '.env'), join(root, '.env.local')]);
  expect(shell).toEqual({ default: 'bash', denylist: ['reboot', 'git push'], sandbox: 'required' });
  expect(storage.redactSecretsAtRest).toBe(false);
});

test.each([
  ['secrets: { command: 5 }', 'expected text or a list of texts, found 5'],
  ['secrets: { command: [] }', 'expected text or a list of texts, found []'],
  ['secrets: { names: [a-b] }', 'found "a-b"'],
  ['secrets: { files: .env }', 'expected a list, found ".env"'],
  ['secrets: { timeout: soon }', 'expected a duration'],
  ['secrets: { comand: x }', '"comand" is not a key of "secrets"'],
  ['shell: { default: fish }', 'expected sh, bash, zsh, pwsh or node, found "fish"'],
  ['shell: { sandbox: true }', 'expected off, auto or required, found true'],
  ['shell: { denylist: [" "] }', 'found " "'],
])('%s: %s', (text, message) => {
  expect(load(text).problems).toEqual([expect.stringContaining(message)]);
});

test('the configuration knows the shells that steps know', () => {
  expect(CONFIG_KEYS.find(({ key }) => key === 'shell.default')?.schema.enum).toEqual([...SHELLS]);
});
