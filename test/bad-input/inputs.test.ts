/** Inputs that do not fit: nothing runs, every problem is named, and a secret is not quoted. */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ensureBuilt } from '../cli/build.ts';
import { place } from './place.ts';

beforeAll(ensureBuilt, 120_000);

const FLOW = `name: flow
inputs:
  env: { type: string, values: [staging, production] }
  count: { type: number, default: 1 }
  token: { type: string, secret: true, minLength: 12, default: a-long-default }
steps:
  - { id: a, run: "echo \${{ inputs.env }} \${{ inputs.count }} && touch ran", env: { T: "\${{ inputs.token }}" } }
`;

describe('inputs that do not fit', () => {
  test.each([
    ['a missing one', [], 'error: input "env" is missing\nhint: give -i env=…\n'],
    [
      'an unknown one',
      ['-i', 'evn=staging'],
      'error: "evn" is no input of flow; did you mean "env"?\ninput "env" is missing\nhint: give -i env=…\n',
    ],
    [
      'one outside its values',
      ['-i', 'env=prod'],
      'error: input "env" must be one of "staging", "production", not "prod"\nhint: inputs of flow: env, count, token\n',
    ],
    [
      'a wrong type',
      ['-i', 'env=staging', '-i', 'count=many'],
      'error: input "count" must be number, not "many"\nhint: inputs of flow: env, count, token\n',
    ],
    [
      'a bad secret',
      ['-i', 'env=staging', '-i', 'token=hunter2'],
      'error: input "token" must NOT have fewer than 12 characters\nhint: inputs of flow: env, count, token\n',
    ],
  ])('%s: exit code 2, and nothing has run', async (_what, argv, stderr) => {
    const where = place({ 'flow.yaml': FLOW });
    expect(await where.keystone(['run', 'flow.yaml', ...argv])).toEqual({ exitCode: 2, stdout: '', stderr });
    expect(readdirSync(where.folder)).not.toContain('ran');
  });

  test.each([
    ['missing', 'cannot read'],
    ['a folder', 'cannot read'],
    ['not JSON', 'not JSON'],
    ['not an object', 'not a JSON object'],
  ])('an --inputs file that is %s', async (what, message) => {
    const where = place({ 'flow.yaml': FLOW, 'not JSON': '{"env": ', 'not an object': '["staging"]' });
    mkdirSync(join(where.folder, 'a folder'));
    const { exitCode, stdout, stderr } = await where.keystone(['run', 'flow.yaml', '--inputs', what]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^error: --inputs ${what}: ${message}.*\\nhint: `));
  });
});
