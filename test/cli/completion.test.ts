/** What the shell is offered while a command line is typed. */
import { describe, expect, test } from 'vitest';
import { handle, keystone, result } from './fake-app.ts';

const app = {
  listWorkflows: async () => [
    { name: 'hello', file: '/h.yaml', description: 'Greets', inputs: {} },
    { name: 'release', file: '/r.yaml', inputs: {} },
  ],
  listRuns: async () => [result({ runId: 'k1', status: 'failed' as const })],
  showRun: async () =>
    result({ steps: { build: { kind: 'shell', status: 'success' as const, attempts: 1 } } }),
  runWorkflow: async () => handle(result()),
};

async function offered(...words: string[]) {
  const { exitCode, stdout, stderr } = await keystone(['complete', '--', ...words], { cwd: '/', app });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const lines = stdout.trimEnd().split('\n');
  return { values: lines.slice(0, -1).map((line) => line.split('\t')[0]), files: lines.at(-1) === ':0' };
}

describe('completion', () => {
  test.each([
    [['va'], ['validate']],
    [['con'], ['config']],
    [
      ['config', ''],
      ['show', 'check', 'migrate'],
    ],
    [['run', 'he'], ['hello']],
    [['run', '--dr'], ['--dry-run']],
    [
      ['run', 'hello', '--no'],
      ['--no-dedup', '--no-wait', '--no-color'],
    ],
    [['--cwd', '/tmp', 'run', 'r'], ['release']],
    [['run', '-i', 'a=b', 'h'], ['hello']],
    [['run', '--wait', 'h'], ['hello']],
    [
      ['resume', ''],
      ['last', 'k1'],
    ],
    [['logs', 'k1', ''], ['build']],
    [['why', 'last', 'b'], ['build']],
    [['graph', 'h'], ['hello']],
    [['graph', 'x', '--format', 'm'], ['mermaid']],
    [['graph', 'x', '--format=s'], ['--format=svg']],
    [['history', '--status', 'f'], ['failed']],
    [['completion', 'p'], ['pwsh']],
    [['validate', 'a.yaml', 'hel'], ['hello']],
    [['lint', '--str'], ['--strict']],
    [['run', 'hello', ''], []],
    [['nonsense', ''], []],
  ])('of %j offers %j', async (words, expected) => {
    expect((await offered(...words)).values).toEqual(expected);
  });

  test('all commands are offered first, hidden ones never', async () => {
    const { values } = await offered('');
    expect(values).toEqual(expect.arrayContaining(['run', 'validate', 'lint', 'config', 'db']));
    expect(values).not.toContain('complete');
  });

  test('files are offered where files are meant', async () => {
    expect((await offered('run', '--inputs', '')).files).toBe(true);
    expect((await offered('run', './fl')).files).toBe(true);
    expect((await offered('resume', '')).files).toBe(false);
  });

  test('a project that cannot be read offers nothing and says nothing', async () => {
    const broken = {
      listWorkflows: async () => {
        throw new Error('no');
      },
    };
    const { exitCode, stdout, stderr } = await keystone(['complete', '--', 'run', ''], {
      cwd: '/',
      app: broken,
    });
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: ':0\n', stderr: '' });
  });
});
