/** A store that cannot be used, or stops being usable under a run: exit code 5, a clear word, and nothing pretended. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ensureBuilt } from '../cli/build.ts';
import type { TestProject } from '../cli/spawn.ts';
import { asNobody, canActAsNobody, inShell, oneStep, place } from './place.ts';

beforeAll(ensureBuilt, 120_000);

const stateOf = (where: TestProject): string => join(where.folder, '.keystone/state.db');
const lastRun = async (where: TestProject) =>
  JSON.parse((await where.keystone(['show', 'last', '--json'])).stdout);

describe('a store that cannot be opened', () => {
  test('because its folder is read-only: told with what to do; validate works all the same', (context) => {
    context.skip(!canActAsNobody(), 'nobody cannot start the command line here');
    const where = place({ 'a.yaml': oneStep('run: touch ran') });
    chmodSync(join(where.folder, '.keystone'), 0o555);
    const { exitCode, stdout, stderr } = asNobody(where, ['run', 'a.yaml']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 5, stdout: '' });
    expect(stderr).toBe(
      `error: the store ${stateOf(where)} cannot be written (EACCES)\nhint: make its folder writable for you, or choose another one with storage.path\n`,
    );
    expect(existsSync(join(where.folder, 'ran'))).toBe(false);
    expect(asNobody(where, ['validate', 'a.yaml']).exitCode).toBe(0);
  });

  test('because a newer keystone wrote it, or its end is cut off: refused and left as it is', async () => {
    const where = place({ 'a.yaml': oneStep('run: touch ran') });
    await where.keystone(['run', 'a.yaml', '-q']);
    rmSync(join(where.folder, 'ran'));
    const file = openSync(stateOf(where), 'r+');
    writeSync(file, Buffer.from([0, 0, 0, 99]), 0, 4, 60);
    closeSync(file);
    const newer = await where.keystone(['run', 'a.yaml']);
    expect(newer.exitCode).toBe(5);
    expect(newer.stderr).toContain('has schema 99');
    truncateSync(stateOf(where), 20_000);
    const cut = await where.keystone(['history']);
    expect(cut.exitCode).toBe(5);
    expect(cut.stderr).toMatch(/^error: the store .* is damaged: its end is cut off\nhint: /);
    expect(existsSync(join(where.folder, 'ran'))).toBe(false);
  });
});

describe('a disk that is full', () => {
  test('from the start: exit code 5, and nothing has run', async () => {
    const where = place({ 'a.yaml': oneStep('run: touch ran') });
    const { exitCode, stderr } = await inShell(where, 'ulimit -f 8; exec $KEYSTONE run a.yaml');
    expect(exitCode).toBe(5);
    expect(stderr).toMatch(/^error: the store .* may not grow as it must \(EFBIG\)\nhint: raise the limit/);
    expect(existsSync(join(where.folder, 'ran'))).toBe(false);
  });

  test('while a step prints: the step is ended, the run stops, and goes on when there is room', async () => {
    const where = place({
      'a.yaml': `name: prints
steps:
  - { id: first, run: echo x >> first }
  - { id: loud, needs: first, run: "test -e room || yes | head -c 8000000; echo done" }
outputs: { said: "\${{ steps.loud.output }}" }
`,
    });
    const { exitCode, stderr } = await inShell(where, 'ulimit -f 2000; exec $KEYSTONE run a.yaml');
    expect(exitCode).toBe(5);
    expect(stderr).toMatch(
      /error: the store .*\.log may not grow as it must \(EFBIG\)\nhint: .*`keystone resume`/,
    );
    expect(await lastRun(where)).toMatchObject({ status: 'running', interrupted: true });
    where.write('room', '');
    const resumed = await where.keystone(['resume', 'last', '-q']);
    expect(resumed).toEqual({ exitCode: 0, stdout: 'said: done\n', stderr: '' });
    expect((await inShell(where, 'cat first')).stdout).toBe('x\n');
    // What was cut off in the middle of a piece does not hide what came after it.
    expect((await where.keystone(['logs', 'last', 'loud'])).stdout).toMatch(/y\n(.|\n)*done\n$/);
  });

  test('for real, on a small file system', async (context) => {
    const where = place();
    const disk = join(where.folder, 'disk');
    mkdirSync(disk);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=600k', 'tmpfs', disk]).status === 0;
    context.skip(!mounted, 'needs the right to mount');
    try {
      where.write('disk/.keystone/.keep', '');
      where.write('disk/a.yaml', oneStep('run: yes | head -c 3000000'));
      const { exitCode, stderr } = await inShell(where, 'cd disk && exec $KEYSTONE run a.yaml');
      expect(exitCode).toBe(5);
      expect(stderr).toMatch(
        /error: no space left on the disk of the store .* \(ENOSPC\)\nhint: free some space/,
      );
    } finally {
      spawnSync('umount', ['-l', disk]);
    }
  });
});

describe('a store that is removed under a run', () => {
  const flow = `name: flow
steps:
  - { id: a, run: "until test -e go; do sleep 0.02; done" }
  - { id: b, needs: a, run: touch ran }
`;
  test.each([
    ['the file', 'rm .keystone/state.db'],
    ['its folder', 'mv .keystone elsewhere'],
    ['the file, another in its place', 'cp .keystone/state.db x && mv x .keystone/state.db'],
  ])(
    '%s: the run stops before the next effect, and does not pretend to have succeeded',
    async (_what, remove) => {
      const where = place({ 'flow.yaml': flow });
      const running = where.start(['run', 'flow.yaml']);
      await running.seen('· a');
      await inShell(where, `${remove}; touch go`);
      const { exitCode, stdout, stderr } = await running.done;
      expect({ exitCode, stdout }).toEqual({ exitCode: 5, stdout: '' });
      expect(stderr).toContain(
        `error: the store ${stateOf(where)} was removed while keystone was using it\nhint: `,
      );
      expect(existsSync(join(where.folder, 'ran'))).toBe(false);
    },
  );
});
