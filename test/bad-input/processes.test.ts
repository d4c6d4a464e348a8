/** Signals, time-outs, crashes and several processes at once, as a user meets them. Waits go on side by side. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ensureBuilt } from '../cli/build.ts';
import type { Running, TestProject } from '../cli/spawn.ts';
import { inShell, place } from './place.ts';

beforeAll(ensureBuilt, 120_000);

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const read = (where: TestProject, file: string): string =>
  existsSync(join(where.folder, file)) ? readFileSync(join(where.folder, file), 'utf8') : '';

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(20);
}

/** A process of the file named `file` in the project that is still there. */
function isAlive(where: TestProject, file: string): boolean {
  try {
    process.kill(Number(read(where, file)), 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${Number(read(where, file))}/status`, 'utf8'));
  } catch {
    return false;
  }
}

const kill = async (running: Running): Promise<void> => {
  running.child.kill('SIGKILL');
  await running.done;
};

/** The step is a shell whose child has a child, each with its id in a file. */
const FAMILY = `name: family
steps:
  - id: a
    FIELDS
    run: |
      echo $$ > parent
      sh -c 'echo $$ > child; sh -c "echo \\$\\$ > grandchild; while :; do sleep 0.05; done" & wait' &
      wait
finally:
  - { id: bye, run: touch bye }
`;
const GENERATIONS = ['parent', 'child', 'grandchild'];
const born = (where: TestProject): Promise<void> =>
  until(() => GENERATIONS.every((file) => read(where, file).endsWith('\n')));

describe.concurrent('what ends a step', () => {
  test('SIGINT ends the shell with its children and grandchildren; finally runs; exit code 130', async () => {
    const where = place({ 'f.yaml': FAMILY.replace('FIELDS', 'dir: .') });
    const running = where.start(['run', 'f.yaml']);
    await born(where);
    running.child.kill('SIGINT');
    expect((await running.done).exitCode).toBe(130);
    expect(GENERATIONS.filter((file) => isAlive(where, file))).toEqual([]);
    expect(existsSync(join(where.folder, 'bye'))).toBe(true);
  });

  test('a time-out does the same, and the run fails with exit code 1', async () => {
    const where = place({ 'f.yaml': FAMILY.replace('FIELDS', 'timeout: 3s') });
    const { exitCode, stderr } = await where.keystone(['run', 'f.yaml']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('TIMEOUT  took longer than 3000 ms');
    expect(GENERATIONS.map((file) => read(where, file) !== '')).toEqual([true, true, true]);
    expect(GENERATIONS.filter((file) => isAlive(where, file))).toEqual([]);
    expect(existsSync(join(where.folder, 'bye'))).toBe(true);
  });

  test('what ignores TERM is killed after five seconds of grace', async () => {
    const where = place({
      'f.yaml':
        'name: deaf\nsteps:\n  - id: a\n    run: |\n      trap "" TERM INT\n      echo $$ > parent\n      while :; do sleep 0.05; done\nfinally:\n  - { id: bye, run: touch bye }\n',
    });
    const running = where.start(['run', 'f.yaml']);
    await until(() => read(where, 'parent').endsWith('\n'));
    const startedAt = Date.now();
    running.child.kill('SIGTERM');
    expect((await running.done).exitCode).toBe(143);
    expect(Date.now() - startedAt).toBeGreaterThan(4500);
    expect(isAlive(where, 'parent')).toBe(false);
    expect(existsSync(join(where.folder, 'bye'))).toBe(true);
  });
});

describe.concurrent('a run whose process was killed', () => {
  const flow = `name: flow
steps:
  - { id: first, run: echo x >> first }
  - { id: block, needs: first, run: "echo $$ > blocked; echo in; until test -e go; do sleep 0.05; done" }
  - { id: last, needs: block, run: echo old }
outputs: { said: "\${{ steps.last.output }}" }
`;
  async function killed(): Promise<TestProject> {
    const where = place({ 'flow.yaml': flow });
    const running = where.start(['run', 'flow.yaml', '--events']);
    await running.seen('"in\\n"');
    await kill(running);
    return where;
  }

  test('shows as interrupted with the command that goes on; its log ends; cancel ends it and what it left running', async () => {
    const where = await killed();
    const history = await where.keystone(['history']);
    expect(history.stdout).toMatch(/^(\w+) {2}⚠ interrupted {2}flow .* go on: keystone resume \1\n$/);
    expect(JSON.parse((await where.keystone(['history', '--json'])).stdout)).toMatchObject([
      { status: 'running', interrupted: true },
    ]);
    const shown = await where.keystone(['show', 'last']);
    expect(shown.stdout).toContain('⚠ flow interrupted after');
    expect(shown.stderr).toMatch(/^next: keystone resume \w+ +goes on: the process that ran it is gone\n$/);
    expect(await where.keystone(['logs', 'last', '-f'])).toMatchObject({ exitCode: 0, stderr: '' });
    expect(isAlive(where, 'blocked')).toBe(true);
    expect((await where.keystone(['cancel', 'last'])).exitCode).toBe(0);
    expect(isAlive(where, 'blocked')).toBe(false);
    expect((await where.keystone(['history'])).stdout).toContain('⊘ canceled');
  });

  test('is found by the path of its workflow (run --resume), and is not begun anew', async () => {
    const where = await killed();
    where.write('go', '');
    const { exitCode, stdout, stderr } = await where.keystone(['run', '--resume', './flow.yaml']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'said: old\n' });
    expect(stderr).toMatch(/^going on with run \w+\n/);
    expect(stderr).not.toContain('note:');
    expect(read(where, 'first')).toBe('x\n');
    expect(JSON.parse((await where.keystone(['history', '--json'])).stdout)).toHaveLength(1);
  });

  test('goes on with the plan it began with, and says that the file has changed or is gone', async () => {
    const [where, other] = [await killed(), await killed()];
    where.write('flow.yaml', flow.replace('echo old', 'echo new'));
    where.write('go', '');
    const { exitCode, stdout, stderr } = await where.keystone(['resume', 'last']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'said: old\n' });
    expect(stderr).toContain(
      'note: flow.yaml has changed since; this run goes on as it began; for the new version: keystone run flow.yaml\n',
    );
    rmSync(join(other.folder, 'flow.yaml'));
    other.write('go', '');
    const resumed = await other.keystone(['resume', 'last']);
    expect(resumed).toMatchObject({ exitCode: 0, stdout: 'said: old\n' });
    expect(resumed.stderr).toContain('note: flow.yaml can no longer be read; this run goes on as it began\n');
  });

  test('is resumed by one of two processes; the other says that it runs already, exit code 5', async () => {
    const where = await killed();
    const both = [where.start(['resume', 'last']), where.start(['resume', 'last'])];
    const winner = await Promise.race(
      both.map((each, index) =>
        each.seen('goes on').then(
          () => index,
          () => pause(60_000),
        ),
      ),
    );
    const loser = both[1 - Number(winner)];
    const refused = await loser?.done;
    expect(refused).toMatchObject({ exitCode: 5, stdout: '' });
    expect(refused?.stderr).toMatch(/^error: run \w+ is being run already\nhint: /);
    where.write('go', '');
    expect((await both[Number(winner)]?.done)?.exitCode).toBe(0);
    expect(read(where, 'first')).toBe('x\n');
  });
});

describe.concurrent('several runs in one project', () => {
  test('do not disturb each other', async () => {
    const where = place({
      'a.yaml':
        'name: a\ninputs: { n: { type: number } }\nsteps:\n  - { id: each, foreach: "[1, 2, 3]", run: "echo ${{ item * inputs.n }}", parse: json }\noutputs: { sum: "${{ steps.each.output|sum }}" }\n',
    });
    const runs = [1, 10, 100].map((n) => where.keystone(['run', 'a.yaml', '-q', '-i', `n=${n}`]));
    expect((await Promise.all(runs)).map(({ exitCode, stdout }) => [exitCode, stdout])).toEqual([
      [0, 'sum: 6\n'],
      [0, 'sum: 60\n'],
      [0, 'sum: 600\n'],
    ]);
    expect((await inShell(where, '$KEYSTONE history')).stdout.match(/✔ success/g)).toHaveLength(3);
  });
});

describe.concurrent('a run that waits', () => {
  test('is suspended with exit code 3: nothing is undone, nothing is reported as failed, finally has not run', async () => {
    const where = place({
      'w.yaml': `name: w
steps:
  - { id: a, run: touch done, compensate: { id: undo, run: touch undone } }
  - { id: nap, needs: a, type: sleep, duration: 1h }
errors: [{ id: e, run: touch failed }]
finally: [{ id: f, run: touch bye }]
`,
    });
    const { exitCode, stdout, stderr } = await where.keystone(['run', 'w.yaml', '--no-wait']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr).not.toMatch(/fail|undo/);
    expect(
      ['done', 'undone', 'failed', 'bye'].filter((file) => existsSync(join(where.folder, file))),
    ).toEqual(['done']);
    const shown = JSON.parse((await where.keystone(['show', 'last', '--json'])).stdout);
    expect(shown).toMatchObject({ status: 'suspended', suspendedOn: [{ step: 'nap' }] });
    expect(shown.interrupted).toBeUndefined();
  });
});
