import { expect, test } from 'vitest';
import { proveFiles } from '../../../src/app/index.ts';
import { keystone } from '../../cli/fake-app.ts';
import { shapeErrors } from '../../cli/shape-errors.ts';
import { newWorld, openWorld } from '../../runtime/test-project.ts';

const DEAD =
  'name: x\nsteps:\n  - { id: a, run: echo }\n  - { id: b, needs: [a], if: "steps.a.status == \'failed\'", run: echo }\n';
const NULLS =
  'name: y\nsteps:\n  - { id: a, run: echo }\nfinally:\n  - { id: b, run: "echo ${{ steps.a.output }}" }\n';

function proving(source: string, args: readonly string[]) {
  const world = newWorld({ files: { 'x.yaml': source } });
  const project = openWorld(world);
  const app = {
    proveFiles: (_: unknown, paths: readonly string[], options: { strict: boolean }) =>
      proveFiles(project, paths, options),
  };
  return keystone(['validate', '--prove', 'x.yaml', ...args], { cwd: world.cwd, app });
}

test('a refuted question is shown with its place and its run, and exits 2', async () => {
  const { exitCode, stdout } = await proving(DEAD, []);
  expect(exitCode).toBe(2);
  expect(stdout).toContain('✖ steps: 1 of 2 steps can run, 1 refuted');
  expect(stdout).toContain('x.yaml:4:30  DEAD_STEP  step "b" can never run');
  expect(stdout).toContain('run   a success → b skipped');
});

test('warnings fail only with --strict', async () => {
  expect((await proving(NULLS, [])).exitCode).toBe(0);
  expect((await proving(NULLS, ['--strict'])).exitCode).toBe(2);
});

test('--json has everything, in the documented shape', async () => {
  const json = JSON.parse((await proving(NULLS, ['--json'])).stdout);
  expect(shapeErrors('validate', json)).toEqual([]);
  expect(json.files[0].proof.findings[0]).toMatchObject({
    code: 'MAY_BE_NULL',
    line: 5,
    severity: 'warning',
  });
  expect(json.files[0].proof.failurePoints).toMatchObject([{ step: 'a', undone: [], left: ['a'] }]);
});
