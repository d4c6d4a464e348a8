/** What the commands print, in both forms; the app layer is a fake. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunFilter } from '../../src/store/port.ts';
import { keystone, result } from './fake-app.ts';
import { shapeErrors } from './shape-errors.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'keystone-commands-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

describe('init', () => {
  test('makes a project whose files it leaves alone the second time', async () => {
    writeFileSync(join(cwd, '.gitignore'), 'node_modules');
    const first = await keystone(['init'], { cwd });
    expect(first.exitCode).toBe(0);
    expect(first.stderr).toContain('next: keystone run hello');
    expect(readFileSync(join(cwd, '.gitignore'), 'utf8')).toBe(
      'node_modules\n.keystone/state.db*\n.keystone/blobs/\n.keystone/logs/\n.keystone/cache/\n',
    );
    writeFileSync(join(cwd, '.keystone/workflows/hello.yaml'), 'mine');
    const second = await keystone(['init'], { cwd });
    expect(second.stderr).toContain('hello.yaml exists, left as it is');
    expect(readFileSync(join(cwd, '.keystone/workflows/hello.yaml'), 'utf8')).toBe('mine');
    expect(readFileSync(join(cwd, '.gitignore'), 'utf8').match(/state\.db/g)).toHaveLength(1);
  });

  test('writes a configuration that is valid, also with every line uncommented', async () => {
    await keystone(['init'], { cwd });
    const file = join(cwd, '.keystone/config.yaml');
    expect((await keystone(['config', 'check'], { cwd })).exitCode).toBe(0);
    const [, ...lines] = readFileSync(file, 'utf8').split('\n');
    writeFileSync(file, lines.map((line) => line.replace(/^# /, '')).join('\n'));
    expect(await keystone(['config', 'check', '--json'], { cwd })).toMatchObject({ exitCode: 0 });
    expect((await keystone(['config', 'show', '--json'], { cwd })).stdout).toContain('"source": "project"');
  });
});

describe('config', () => {
  test('show --origin names file, line and column; --json has the documented shape', async () => {
    await keystone(['init'], { cwd });
    writeFileSync(join(cwd, '.keystone/config.yaml'), 'ui:\n  refreshMs: 50\npools: { api: 2 }\n');
    const { stdout } = await keystone(['config', 'show', '--origin', '--no-color'], { cwd });
    expect(stdout).toMatch(/^ui\.refreshMs +50 +project \.keystone\/config\.yaml:2:14$/m);
    expect(stdout).toMatch(/^pools\.api +2 +project/m);
    expect(stdout).toMatch(/^ui\.color +"never" +flag --no-color$/m);
    expect(stdout).toMatch(/^storage\.durability +"full" +default$/m);
    const json = JSON.parse((await keystone(['config', 'show', '--json'], { cwd })).stdout);
    expect(shapeErrors('config', json)).toEqual([]);
    expect(json['ui.refreshMs']).toMatchObject({ value: 50, source: 'project' });
  });

  test('check reports every problem and exits 2', async () => {
    await keystone(['init'], { cwd });
    writeFileSync(join(cwd, '.keystone/config.yaml'), 'telemetry: {}\nui: { colour: always }\n');
    const { exitCode, stdout } = await keystone(['config', 'check'], { cwd });
    expect(exitCode).toBe(2);
    expect(stdout).toContain('config.yaml:1:1');
    expect(stdout).toContain('not supported by this version yet');
    expect(stdout).toContain('did you mean "color"?');
    const json = JSON.parse((await keystone(['config', 'check', '--json'], { cwd })).stdout);
    expect(shapeErrors('validate', json)).toEqual([]);
    expect(json.files[0].diagnostics).toHaveLength(2);
  });
});

describe('validate', () => {
  const source = 'name: x\nsteps:\n  - id: a\n    rum: echo\n';
  const start = source.indexOf('rum');
  const diagnostic = {
    severity: 'error' as const,
    code: 'UNKNOWN_FIELD',
    message: '"rum" is not a field of a step',
    hint: 'did you mean "run"?',
    span: { start, end: start + 3 },
    path: 'steps[0].rum',
  };
  const app = (severity: 'error' | 'warning') => ({
    validateFiles: async () => ({
      files: [
        { file: 'x.yaml', source, diagnostics: [{ ...diagnostic, severity }] },
        { file: 'y.yaml', source: '', diagnostics: [] },
      ],
    }),
  });

  test('prints place, code, snippet and count on stdout and exits 2', async () => {
    const { exitCode, stdout } = await keystone(['validate'], { cwd, app: app('error') });
    expect(exitCode).toBe(2);
    expect(stdout).toContain('x.yaml:4:5');
    expect(stdout).toContain('UNKNOWN_FIELD');
    expect(stdout).toContain('rum: echo');
    expect(stdout).toContain('1 error in 1 file');
  });

  test('warnings alone do not fail', async () => {
    expect((await keystone(['validate'], { cwd, app: app('warning') })).exitCode).toBe(0);
  });

  test('--json has lines and columns in the documented shape', async () => {
    const { stdout } = await keystone(['validate', '--json'], { cwd, app: app('error') });
    const json = JSON.parse(stdout);
    expect(shapeErrors('validate', json)).toEqual([]);
    expect(json.files[0].diagnostics[0]).toMatchObject({ line: 4, column: 5, endLine: 4, endColumn: 8 });
  });
});

describe('looking at runs', () => {
  test('history passes its filters on and prints a line per run', async () => {
    let seen: RunFilter | undefined;
    const app = {
      listRuns: async (_project: unknown, filter: RunFilter) => {
        seen = filter;
        const { steps: _steps, ...summary } = result({ status: 'failed' });
        return [summary];
      },
    };
    const argv = ['history', 'release', '--status', 'failed', '--tag', 'ci', '-n', '5'];
    const { stdout } = await keystone(argv, { cwd, app });
    expect(seen).toEqual({ workflow: 'release', status: ['failed'], tag: 'ci', limit: 5 });
    expect(stdout).toMatch(/^abc1234567 {2}✖ failed {2}release {2}2026-01-02 \d\d:\d\d {2}1\.2s$/m);
    const json = JSON.parse((await keystone(['history', '--json'], { cwd, app })).stdout);
    expect(shapeErrors('history', json)).toEqual([]);
  });

  test('logs of one step are its text; of a run every whole line is preceded by its step', async () => {
    const piece = { attempt: 1, stream: 'stdout' as const };
    const app = {
      findStepPath: async (_project: unknown, _runId: string, path: string) => path,
      readLogs: async function* () {
        yield { ...piece, path: 'a', text: 'on' };
        yield { ...piece, path: 'b', text: 'two\nthree' };
        yield { ...piece, path: 'a', text: 'e\n' };
      },
    };
    expect((await keystone(['logs', 'last'], { cwd, app })).stdout).toBe('b │ two\na │ one\nb │ three\n');
    expect((await keystone(['logs', 'last', 'a'], { cwd, app })).stdout).toBe('ontwo\nthreee\n');
    const lines = (await keystone(['logs', 'last', '--json'], { cwd, app })).stdout.trimEnd().split('\n');
    expect(lines.flatMap((line) => shapeErrors('log', JSON.parse(line)))).toEqual([]);
  });

  test.each([
    ['sent', 'has been told to cancel'],
    ['settled-already', 'nothing to cancel'],
    ['canceled-dormant', 'is canceled now'],
  ] as const)('cancel says what became of it: %s', async (delivered, words) => {
    const app = { cancelRun: async () => ({ runId: 'abc1234567', was: 'running' as const, delivered }) };
    expect((await keystone(['cancel', 'last'], { cwd, app })).stderr).toContain(words);
    const json = JSON.parse((await keystone(['cancel', 'last', '--json'], { cwd, app })).stdout);
    expect(shapeErrors('cancel', json)).toEqual([]);
  });

  test('graph writes to a file with -o', async () => {
    const app = { graphOf: async () => 'stateDiagram-v2\n' };
    const { stdout, stderr } = await keystone(['graph', 'x', '-o', 'x.mmd'], { cwd, app });
    expect(stdout).toBe('');
    expect(stderr).toContain('x.mmd');
    expect(readFileSync(join(cwd, 'x.mmd'), 'utf8')).toBe('stateDiagram-v2\n');
  });

  test('pools says when another process has a lower limit than is configured here', async () => {
    const pool = {
      pool: 'api',
      limit: 2,
      configured: 4,
      used: 1,
      utilization: 0.5,
      queued: 0,
      longestWaitMs: 0,
    };
    const processes = [{ owner: '4711@host', slots: 1, wants: 0, limit: 2 }];
    const app = { listPools: async () => [{ ...pool, holders: [], waiting: [], processes }] };
    const { stdout } = await keystone(['pools'], { cwd, app });
    expect(stdout).toContain('1 of 2');
    expect(stdout).toContain('4 configured here; process 4711@host has 2, and the lowest limit counts');
    const json = JSON.parse((await keystone(['pools', '--json'], { cwd, app })).stdout);
    expect(shapeErrors('pools', json)).toEqual([]);
  });

  test('a dry run of rerun says which steps would run again, and as which attempt', async () => {
    const app = {
      resolveRerun: async () => 'abcdefgh12',
      previewRerun: async () => ({
        runId: 'abcdefgh12',
        workflow: 'x',
        attempt: 2,
        steps: [{ path: 'build', why: '--from' }],
      }),
    };
    const { stderr, stdout } = await keystone(['rerun', 'x', '--from', 'build', '--dry-run'], { cwd, app });
    expect(stderr).toContain('run abcdefgh12 of x would begin again, as attempt 2\n');
    expect(stdout).toContain('build');
  });

  test('a dry run lists what each step would do', async () => {
    const app = {
      dryRun: async () => ({
        workflow: 'x',
        inputs: {},
        steps: [
          { id: 'a', block: 'steps', kind: 'shell', needs: [], would: 'run echo' },
          { id: 'b', block: 'finally', kind: 'shell', needs: ['a'], if: 'always()', would: 'run rm' },
        ],
      }),
    };
    const { stdout } = await keystone(['run', 'x', '--dry-run'], { cwd, app });
    expect(stdout).toContain('a          shell  run echo');
    expect(stdout).toContain('finally/b  shell  run rm');
    expect(stdout).toContain('after a; if always()');
    const json = JSON.parse((await keystone(['run', 'x', '--dry-run', '--json'], { cwd, app })).stdout);
    expect(shapeErrors('dry-run', json)).toEqual([]);
  });
});
