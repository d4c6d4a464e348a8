/** Script steps in the built command line, whose threads run a file of their own. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { ensureBuilt } from './build.ts';
import { TestProject } from './spawn.ts';

const projects: TestProject[] = [];
function newProject(flow: string): TestProject {
  const project = new TestProject({ '.keystone/workflows/flow.yaml': flow });
  projects.push(project);
  return project;
}

beforeAll(ensureBuilt, 120_000);
afterEach(() => {
  for (const project of projects.splice(0)) project.remove();
});

const ENDLESS = `name: flow
steps:
  - { id: count, type: script, run: return 41 }
  - id: endless
    type: script
    run: |
      console.log('round and round');
      while (steps.count.output === 41);
finally:
  - { id: close, type: script, run: return steps.count.output + 1 }
outputs: { closed: "\${{ steps.count.output }}" }
`;

test('the example runs, and the command ends when the run does', async () => {
  const project = newProject(readFileSync('examples/steps/script.yaml', 'utf8'));
  const { exitCode, stdout } = await project.keystone(['run', 'flow', '--json']);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout).outputs.lines).toEqual([
    '1. Ada: 5 things for 49.00',
    '2. Grace: 1 things for 8.00',
  ]);
});

test('an endless script is canceled by Ctrl+C, and finally runs', async () => {
  const project = newProject(ENDLESS);
  const running = project.start(['run', 'flow']);
  await running.seen('endless');
  running.child.kill('SIGINT');
  const { exitCode, stderr } = await running.done;
  expect(exitCode).toBe(130);
  expect(stderr).toContain('close');
});

test('a run that was killed in the middle of a script goes on with it', async () => {
  const project = newProject(ENDLESS);
  const running = project.start(['run', 'flow']);
  await running.seen('endless');
  running.child.kill('SIGKILL');
  await running.done;
  const resumed = await project.keystone(['resume', 'last', '--json'], {
    env: { KEYSTONE_SCRIPT_TIMEOUT: '200ms' },
  });
  const { steps } = JSON.parse(resumed.stdout);
  expect(steps.count).toMatchObject({ status: 'success', attempts: 1, output: 41 });
  expect(steps.endless).toMatchObject({ status: 'failed', error: { code: 'TIMEOUT' } });
  expect(steps['finally/close']).toMatchObject({ output: 42 });
});

test('a script that is wrong ends with its line, before and in a run', async () => {
  const bad = newProject(
    'name: flow\nsteps:\n  - id: a\n    type: script\n    run: |\n      const a = 1;\n      const b = ;\n',
  );
  const checked = await bad.keystone(['validate', 'flow']);
  expect(checked).toMatchObject({ exitCode: 2 });
  expect(checked.stdout + checked.stderr).toContain('flow.yaml:7:17  BAD_FIELD');
  const broken = newProject(
    'name: flow\nsteps:\n  - id: a\n    type: script\n    run: |\n      const a = 1;\n      a.b.c();\n',
  );
  const failed = await broken.keystone(['run', 'flow']);
  expect(failed).toMatchObject({ exitCode: 1 });
  expect(failed.stderr).toMatch(/SCRIPT_ERROR.*cannot read property 'c' of undefined[\s\S]*flow\.yaml:7:10/);
});
