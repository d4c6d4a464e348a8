/** What the command line says when it is used wrongly, and how it explains itself. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { keystone } from './fake-app.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'keystone-usage-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

describe('mistakes', () => {
  test.each([
    [['vaildate'], "unknown command 'vaildate'", 'did you mean validate?'],
    [['rum', 'hello'], "unknown command 'rum'", 'did you mean run?'],
    [['config', 'sow'], "unknown command 'sow'", 'keystone config --help'],
    [['run', 'x', '--jsn'], "unknown option '--jsn'", 'did you mean --json?'],
    [['run', 'x', '--quite'], "unknown option '--quite'", 'did you mean --quiet?'],
    [['run'], "missing required argument 'workflow'", 'keystone run --help'],
    [['show', 'a', 'b'], 'too many arguments', 'keystone show --help'],
    [['run', 'x', '--json', '--events'], 'cannot be used with', 'keystone run --help'],
    [['graph', 'x', '--format', 'png'], 'Allowed choices are mermaid', 'keystone graph --help'],
    [['run', 'x', '--max-cost', '3'], "unknown option '--max-cost'", 'keystone run --help'],
    [['run', 'x', '-i', 'name'], '-i name: an input is given as name=value', '-i name=value'],
    [['run', 'x', '--wait=soon'], '"soon" is not a duration', '--wait=30s'],
    [['completion', 'bsh'], 'no completion for shell "bsh"', 'did you mean bash?'],
    [['schema', 'confg'], 'there is no schema "confg"', 'did you mean config?'],
    [['history', '-n', 'few'], '--limit few', '--limit 50'],
  ])('%j is refused with exit code 2 and a way out', async (argv, message, hint) => {
    const { exitCode, stdout, stderr } = await keystone(argv, { cwd });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    const [first = '', second = ''] = stderr.split('\n');
    expect(first).toContain(`error: `);
    expect(first).toContain(message);
    expect(second).toMatch(/^hint: /);
    expect(second).toContain(hint);
  });

  test('a workflow name in place of a command leads to keystone run', async () => {
    mkdirSync(join(cwd, '.keystone/workflows'), { recursive: true });
    writeFileSync(join(cwd, '.keystone/workflows/release.yaml'), 'name: release\n');
    const { stderr } = await keystone(['release', '-q'], { cwd });
    expect(stderr).toContain('to run the workflow: keystone run release');
  });

  test('a broken configuration file is shown with line, column and snippet, and no command runs', async () => {
    mkdirSync(join(cwd, '.keystone'));
    writeFileSync(join(cwd, '.keystone/config.yaml'), 'concurrency: 2\nstorag: {}\n');
    const { exitCode, stderr } = await keystone(['history'], { cwd });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('.keystone/config.yaml:2:1');
    expect(stderr).toContain('UNKNOWN_FIELD');
    expect(stderr).toContain('did you mean "storage"?');
    expect(stderr).toContain('1 error in 1 file');
    expect(stderr).toContain('keystone config check');
  });

  test('an error nobody foresaw is called a bug, with its stack, and exits 70', async () => {
    const app = {
      listRuns: async () => {
        throw new TypeError('undefined is not a function');
      },
    };
    const { exitCode, stderr } = await keystone(['history'], { cwd, app });
    expect(exitCode).toBe(70);
    expect(stderr).toMatch(/^bug: TypeError: undefined is not a function\n\s+at /);
    expect(stderr).toContain('defect in keystone');
  });

  test('nothing but the name prints help on stderr and exits 2', async () => {
    const { exitCode, stdout, stderr } = await keystone([], { cwd });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('Usage: keystone');
  });
});

describe('help', () => {
  test('lists every command that is not hidden, on stdout', async () => {
    const { exitCode, stdout } = await keystone(['--help'], { cwd });
    expect(exitCode).toBe(0);
    for (const { name, hidden } of COMMANDS) {
      if (hidden !== true) expect(stdout).toContain(name.split(' ')[0]);
    }
    expect(stdout).not.toContain('complete ');
  });

  test.each(COMMANDS.map(({ name }) => name))(
    'of %s shows its summary, options, global options and examples',
    async (name) => {
      const spec = COMMANDS.find((command) => command.name === name);
      const { exitCode, stdout } = await keystone([...name.split(' '), '--help'], { cwd });
      expect(exitCode).toBe(0);
      expect(stdout).toContain(spec?.summary);
      expect(stdout).toContain('--no-color');
      for (const [command] of spec?.examples ?? []) expect(stdout).toContain(command);
    },
  );

  test('every option has a description and every visible command an example', () => {
    for (const { name, options = [], examples, hidden } of COMMANDS) {
      expect(
        options.filter(({ description }) => description === ''),
        name,
      ).toEqual([]);
      if (hidden !== true) expect(examples.length, name).toBeGreaterThan(0);
    }
  });

  test('an alias is the same command', async () => {
    const app = { validateFiles: async () => ({ files: [] }) };
    expect((await keystone(['lint'], { cwd, app })).exitCode).toBe(0);
  });

  test('--version prints the version of package.json', async () => {
    const { version } = (await import('../../package.json', { with: { type: 'json' } })).default;
    expect(await keystone(['--version'], { cwd })).toEqual({
      exitCode: 0,
      stdout: `${version}\n`,
      stderr: '',
    });
  });
});

describe('colours', () => {
  test('appear on a terminal, not elsewhere, and not with --no-color', async () => {
    const help = async (argv: string[], tty: boolean) =>
      (await keystone(argv, { cwd, tty })).stderr.includes('\u001b[');
    expect(await help(['nope'], true)).toBe(true);
    expect(await help(['nope'], false)).toBe(false);
    expect(await help(['nope', '--no-color'], true)).toBe(false);
  });
});
