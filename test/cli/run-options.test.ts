/** Inputs and waiting as given on the command line. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunRequest } from '../../src/app/types.ts';
import { inputValue } from '../../src/cli/run-options.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { handle, keystone, result } from './fake-app.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'keystone-inputs-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

/** The request `keystone run flow <argv>` makes. */
async function requestOf(
  argv: string[],
  options: { stdin?: string; inputs?: Record<string, JsonObject> } = {},
) {
  let seen: RunRequest | undefined;
  const inputs = Object.fromEntries(
    Object.entries(options.inputs ?? {}).map(([name, schema]) => [
      name,
      { schema, secret: false, required: true },
    ]),
  );
  const outcome = await keystone(['run', ...argv], {
    cwd,
    ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
    app: {
      describeWorkflow: async () => ({ name: 'flow', file: '/flow.yaml', inputs }),
      runWorkflow: async (_project, request) => {
        seen = request;
        return handle(result());
      },
    },
  });
  return { ...outcome, request: seen };
}

describe('the value of -i', () => {
  test.each<[string, JsonObject | undefined, unknown]>([
    ['5', { type: 'string' }, '5'],
    ['5', { type: 'number' }, 5],
    ['5', { type: 'integer' }, 5],
    ['true', { type: 'boolean' }, true],
    ['true', { type: 'string' }, 'true'],
    ['[1,2]', { type: 'array' }, [1, 2]],
    ['{"a":1}', { type: 'object' }, { a: 1 }],
    ['null', { type: ['string', 'null'] }, null],
    ['7', { type: ['string', 'null'] }, '7'],
    ['many', { type: 'number' }, 'many'],
    ['2', { enum: [1, 2] }, 2],
    ['2', { enum: ['1', '2'] }, '2'],
    ['5', undefined, '5'],
    ['[1]', undefined, [1]],
    ['[broken', undefined, '[broken'],
    ['a=b', { type: 'string' }, 'a=b'],
  ])('%s for %j is %j', (text, schema, expected) => {
    expect(inputValue(text, schema)).toEqual(expected);
  });
});

describe('a request', () => {
  test('takes inputs from a file and lets -i override single ones', async () => {
    writeFileSync(join(cwd, 'in.json'), '{"env":"dev","n":1}');
    const { request } = await requestOf(['flow', '--inputs', 'in.json', '-i', 'n=2', '-i', 'note=a=b'], {
      inputs: { n: { type: 'number' } },
    });
    expect(request?.inputs).toEqual({ env: 'dev', n: 2, note: 'a=b' });
  });

  test('takes inputs from standard input with --inputs -', async () => {
    const { request } = await requestOf(['flow', '--inputs', '-'], { stdin: '{"a":[1]}' });
    expect(request?.inputs).toEqual({ a: [1] });
  });

  test('takes the workflow from standard input with -', async () => {
    const { request } = await requestOf(['-'], { stdin: 'name: x\n' });
    expect(request).toMatchObject({ workflow: '-', source: 'name: x\n' });
  });

  test.each([
    [['-', '--inputs', '-'], 'cannot both come from standard input'],
    [['flow', '--inputs', 'nowhere.json'], 'cannot read'],
    [['flow', '--inputs', 'list.json'], 'not a JSON object'],
    [['flow', '--inputs', 'broken.json'], 'not JSON'],
  ])('%j is refused: %s', async (argv, message) => {
    writeFileSync(join(cwd, 'list.json'), '[1]');
    writeFileSync(join(cwd, 'broken.json'), '{');
    const { exitCode, stderr, request } = await requestOf(argv, { stdin: '{}' });
    expect(exitCode).toBe(2);
    expect(request).toBeUndefined();
    expect(stderr).toContain(message);
    expect(stderr).toContain('hint: ');
  });

  test.each([
    [[], undefined],
    [['--wait'], true],
    [['--no-wait'], false],
    [['--wait=2h'], 7_200_000],
    [['--wait=0'], 0],
  ])('with %j waits %j', async (argv, wait) => {
    const { request } = await requestOf(['flow', ...argv]);
    expect(request?.wait).toBe(wait);
  });

  test('--wait does not swallow the workflow after it', async () => {
    const { request } = await requestOf(['--wait', 'flow']);
    expect(request).toMatchObject({ workflow: 'flow', wait: true });
  });

  test('carries tags and --inspect', async () => {
    const { request } = await requestOf(['flow', '--tag', 'ci', '--tag', 'nightly', '--inspect']);
    expect(request).toMatchObject({ tags: ['ci', 'nightly'], inspect: true });
  });
});

describe('--resume', () => {
  test('goes on with the latest unfinished run, and starts anew when there is none', async () => {
    const called: string[] = [];
    const app = (unfinished: string | undefined) => ({
      latestResumable: async () => unfinished,
      resumeRun: async (_project: unknown, runId: string) => {
        called.push(`resume ${runId}`);
        return handle(result());
      },
      runWorkflow: async () => {
        called.push('run');
        return handle(result());
      },
    });
    await keystone(['run', 'flow', '--resume'], { cwd, app: app('old') });
    await keystone(['run', 'flow', '--resume'], { cwd, app: app(undefined) });
    expect(called).toEqual(['resume old', 'run']);
  });
});
