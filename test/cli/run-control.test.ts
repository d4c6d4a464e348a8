/** Commands that control runs: pause, unpause, rerun, rollback, and the options of run that leave steps out or stop before them. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ensureBuilt } from './build.ts';
import { LocalProject } from './real-app.ts';

beforeAll(ensureBuilt, 120_000);

const projects: LocalProject[] = [];
afterEach(() => {
  for (const made of projects.splice(0)) made.remove();
});
function project(files: Record<string, string>): LocalProject {
  const made = new LocalProject(files);
  projects.push(made);
  return made;
}

const FLOW = `name: flow
steps:
  - { id: build, run: echo built, compensate: { run: echo unbuilt } }
  - { id: test, needs: build, run: test -e fine, compensate: { run: test -e fine } }
  - { id: lint, needs: build, run: echo linted }
  - { id: ship, needs: [test, lint], run: echo shipped, breakpoint: true }
on_failure: continue
outputs: { ship: "\${{ steps.ship.output }}" }
`;
const WAITS =
  'name: waits\nsteps: [{ id: w, type: wait, event: e }, { id: after, run: echo on, needs: w }]\n';

/** Every command about a run, with a run that is not there. */
test('a run that is not there is refused with exit code 2 and the nearest one', async () => {
  const here = project({ 'waits.yaml': WAITS });
  await here.cli(['run', 'waits.yaml']);
  const run = await here.last();
  const wrong = `${run.slice(0, -1)}${run.endsWith('0') ? '1' : '0'}`;
  for (const name of [
    'pause',
    'unpause',
    'rerun',
    'rollback',
    'cancel',
    'resume',
    'why',
    'timers',
    'logs',
    'show',
  ]) {
    const { exitCode, stdout, stderr } = await here.cli([name, wrong, ...(name === 'why' ? ['w'] : [])]);
    expect([name, exitCode, stdout]).toEqual([name, 2, '']);
    expect(stderr).toBe(`error: no run "${wrong}"\nhint: did you mean ${run}?\n`);
  }
  const missing = await here.cli(['pause']);
  expect(missing).toMatchObject({ exitCode: 2, stdout: '' });
  expect(missing.stderr).toMatch(/^error: missing .*run.*\nhint: see keystone pause --help\n$/);
});

describe('pause and unpause', () => {
  test('mark a suspended run: no scheduler goes on with it, unpause and resume do', async () => {
    const here = project({ 'waits.yaml': WAITS });
    await here.cli(['run', 'waits.yaml']);
    const { value, exitCode } = await here.json('pause', 'pause', 'last');
    expect([exitCode, value.was, value.delivered]).toEqual([0, 'suspended', 'marked']);
    expect(await here.cli(['pause', 'last'])).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: `run ${value.runId} was paused already; go on with: keystone unpause ${value.runId}\n`,
    });
    await here.cli(['event', 'e']);
    expect((await here.cli(['scheduler', '--once'])).stderr).toContain('nothing is due');
    const on = await here.cli(['unpause', 'last']);
    expect(on).toMatchObject({ exitCode: 0, stdout: '' });
    expect(on.stderr).toContain('✔ waits succeeded');
    expect((await here.json('pause', 'pause', 'last')).value).toMatchObject({ delivered: 'settled-already' });
    expect(await here.cli(['unpause', 'last'])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `error: run ${value.runId} has ended (success); there is nothing to resume\nhint: look at it with: keystone show ${value.runId}; run steps again with: keystone rerun ${value.runId} --from …\n`,
    });
  });

  test('reach a run of another process, as answer, rollback and cancel do; who would take it over is refused with exit code 5', async () => {
    const here = project({
      'live.yaml':
        'name: live\nsteps:\n  - { id: block, run: "until test -e go; do sleep 0.05; done", compensate: { run: "true" } }\n  - { id: ask, type: human, message: Go?, needs: block }\n',
    });
    const running = here.start(['run', 'live.yaml', '--events', '--wait']);
    await running.seen('step.started');
    const run = await here.last();
    for (const name of ['resume', 'rerun']) {
      const { exitCode, stderr } = await here.cli([name, run]);
      expect([name, exitCode]).toEqual([name, name === 'resume' ? 5 : 2]);
      expect(stderr).toMatch(
        /^error: run \w+ (is being run already|has not ended \(running\))\nhint: .*keystone/,
      );
    }
    expect((await here.json('pause', 'pause', run)).value).toEqual({
      runId: run,
      was: 'running',
      delivered: 'sent',
    });
    expect((await here.json('unpause', 'unpause', run)).value).toEqual({ runId: run, delivered: 'sent' });
    here.write('go', '');
    await running.seen('step.suspended');
    const shown = await here.cli(['show', run]);
    expect(shown.stdout).toContain('⏸ ask asks: Go?\n');
    expect(shown.stderr).toBe(`next: keystone answer ${run} ask yes\n`);
    expect((await here.json('answer', 'answer', run, 'ask', 'yes')).value).toMatchObject({
      outcome: 'delivered',
    });
    expect((await running.done).exitCode).toBe(0);

    rmSync(join(here.folder, 'go'));
    const second = here.start(['run', 'live.yaml', '--events', '--wait']);
    await second.seen('step.started');
    const sent = await here.json('rollback', 'rollback', 'last');
    expect([sent.exitCode, sent.value.delivered, sent.value.undone]).toEqual([0, 'sent', []]);
    expect((await second.done).exitCode).toBe(1);
    expect((await here.json('run', 'show')).value.status).toBe('canceled');
  });
});

describe('rerun', () => {
  test('says what would run, runs it, and gives the exit code of the run', async () => {
    const here = project({ 'flow.yaml': FLOW });
    expect(await here.cli(['rerun', 'last'])).toMatchObject({ exitCode: 2, stdout: '' });
    expect((await here.cli(['run', 'flow.yaml'])).exitCode).toBe(1);
    const dry = await here.json('rerun', 'rerun', 'last', '--dry-run');
    const paths = dry.value.steps.map(({ path }: { path: string }) => path);
    expect([dry.exitCode, dry.value.attempt, paths]).toEqual([0, 2, ['build', 'test', 'lint', 'ship']]);
    const table = await here.cli(['rerun', 'flow', '--dry-run']);
    expect(table.stdout).toMatch(/^test {3}failed$/m);
    expect((await here.cli(['rerun', 'last'])).exitCode).toBe(1);
    here.write('fine', '');
    const again = await here.cli(['rerun', 'last']);
    expect(again).toMatchObject({ exitCode: 0, stdout: 'ship: shipped\n' });
    const run = await here.json('run', 'rerun', 'last', '--from', 'lint', '--only');
    expect([run.exitCode, run.value.attempt, run.value.steps.lint.epoch]).toEqual([0, 4, 4]);
    const followed = await here.cli(['rerun', 'last', '--from', 'ship', '--events', '-q']);
    expect(JSON.parse(followed.stdout.split('\n')[0] ?? '')).toMatchObject({ type: 'run.resumed' });
  });

  test('refuses what it cannot begin from, with exit code 2', async () => {
    const here = project({ 'flow.yaml': FLOW, 'waits.yaml': WAITS, fine: '' });
    await here.cli(['run', 'flow.yaml']);
    const run = await here.last();
    const refused: [string[], RegExp][] = [
      [['--from', 'biuld'], /has no step "biuld"\nhint: did you mean build\?/],
      [['--from', 'nothing-like-it'], /hint: its steps: build, test, lint, ship/],
      [['--from', 'build[2]'], /has no build\[2\]\nhint: /],
      [['--only', '--downstream'], /'--downstream' cannot be used with option '--only'/],
      [['--dry-run', '--events'], /cannot be used with/],
      [[], /no step of run \w+ failed\nhint: say where to begin: keystone rerun \w+ --from build/],
    ];
    for (const [argv, stderr] of refused) {
      const outcome = await here.cli(['rerun', run, ...argv]);
      expect([argv, outcome.exitCode, outcome.stdout]).toEqual([argv, 2, '']);
      expect(outcome.stderr).toMatch(stderr);
    }
    await here.cli(['run', 'waits.yaml']);
    expect((await here.cli(['rerun', 'last', '--from', 'w'])).stderr).toMatch(
      /has not ended \(suspended\)\nhint: go on with it: keystone resume \w+; or end it first: keystone cancel/,
    );
  });
});

describe('rollback', () => {
  test('undoes an ended run or one step of it, once, and exits 1 when an undo failed', async () => {
    const here = project({ 'flow.yaml': FLOW, fine: '' });
    await here.cli(['run', 'flow.yaml']);
    const run = await here.last();
    expect(await here.cli(['rollback', 'last', '--scope', 'biuld'])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'error: workflow flow has no step "biuld"\nhint: did you mean: --scope build\n',
    });
    const lint = await here.cli(['rollback', 'last', '--scope', 'lint']);
    expect(lint.stderr).toBe(
      `run ${run} (success) has nothing left to undo of lint; look at it with: keystone show ${run}\n`,
    );
    rmSync(join(here.folder, 'fine'));
    const { exitCode, value } = await here.json('rollback', 'rollback', 'last');
    expect(exitCode).toBe(1);
    expect(value).toMatchObject({
      was: 'success',
      status: 'failed',
      undone: [
        { step: 'test', status: 'failed' },
        { step: 'build', status: 'done' },
      ],
    });
    const nothing = await here.json('rollback', 'rollback', 'last');
    expect([nothing.exitCode, nothing.value.delivered]).toEqual([0, 'nothing-to-undo']);
  });
});

describe('a part of a workflow', () => {
  test('--until and --only say which steps run; the others are skipped, and why tells it', async () => {
    const here = project({ 'flow.yaml': FLOW });
    expect((await here.cli(['run', 'flow.yaml', '--until', 'lint'])).exitCode).toBe(0);
    expect((await here.json('run', 'show')).value.steps).toMatchObject({
      build: { status: 'success' },
      lint: { status: 'success' },
      test: { status: 'skipped', skipReason: '--until lint' },
    });
    expect((await here.cli(['why', 'last', 'test'])).stdout).toContain('--until lint');
    const refused: [string[], RegExp][] = [
      [['--until', 'lnit'], /"lnit".*\nhint: did you mean .*lint/],
      [['--only', 'lint'], /lint.* needs .*build.*\nhint: .*--until lint/],
      [['--until', 'lint', '--only', 'build'], /cannot be used with/],
      [['--resume', '--debug'], /cannot be used with/],
    ];
    for (const [argv, stderr] of refused) {
      const outcome = await here.cli(['run', 'flow.yaml', ...argv]);
      expect([argv, outcome.exitCode, outcome.stdout]).toEqual([argv, 2, '']);
      expect(outcome.stderr).toMatch(stderr);
    }
    expect((await here.cli(['run', 'flow.yaml', '--only', 'build'])).exitCode).toBe(0);
  });

  test('--debug stops before a breakpoint with exit code 3 and says what can be done', async () => {
    const here = project({ 'flow.yaml': FLOW, fine: '' });
    const stopped = await here.cli(['run', 'flow.yaml', '--debug']);
    expect(stopped).toMatchObject({ exitCode: 3, stdout: '' });
    const run = await here.last();
    expect(stopped.stderr).toContain('⏸ flow paused after');
    expect(stopped.stderr).toContain('⏸ ship (shell) waits at a breakpoint');
    expect(stopped.stderr).toMatch(
      new RegExp(`next: keystone unpause ${run} .*\\n.*show ${run} .*\\n.*why ${run} ship`),
    );
    expect((await here.cli(['why', run, 'ship'])).stdout).toContain('the run is paused');
    expect(await here.cli(['unpause', run])).toMatchObject({ exitCode: 0, stdout: 'ship: shipped\n' });
  });

  test('on_overlap: reject refuses a second run with exit code 4 and names the first', async () => {
    const here = project({ 'waits.yaml': `${WAITS}on_overlap: reject\n` });
    await here.cli(['run', 'waits.yaml']);
    const first = await here.last();
    const { exitCode, stdout, stderr } = await here.cli(['run', 'waits.yaml']);
    expect([exitCode, stdout]).toEqual([4, '']);
    expect(stderr).toContain(first);
    expect(stderr).toMatch(/\nhint: .*keystone/);
  });
});
