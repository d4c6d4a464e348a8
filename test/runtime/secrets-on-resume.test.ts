/** Secrets are not stored: a run goes on only with the ones it was begun with, optional ones included. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resumeRun } from '../../src/app/index.ts';
import { begin, newWorld, openWorld, settled } from './test-project.ts';

const SOURCE = `
name: kept
inputs:
  token: { type: string, secret: true, default: "" }
steps:
  - { id: say, run: "printf %s \${{ inputs.token }}" }
  - { id: nap, type: sleep, duration: 1h, needs: [say] }
  - { id: use, run: "test \${{ steps.say.output }} = correct-horse", needs: [nap] }
`;

test('an optional secret that was given must be given again, and outputs that held it hold it again', async () => {
  const world = newWorld();
  const first = await begin(openWorld(world), SOURCE, { inputs: { token: 'correct-horse' }, wait: false });
  expect((await first.result).status).toBe('suspended');
  await expect(resumeRun(openWorld(world), first.runId, { wait: true, inputs: {} })).rejects.toThrow(/token/);
  const second = await resumeRun(openWorld(world), first.runId, {
    inputs: { token: 'correct-horse' },
    wait: true,
  });
  await settled();
  world.clock.advance(3_600_000);
  expect((await second.result).status).toBe('success');
});

test('a value too large for a row is kept without the secret too', async () => {
  const world = newWorld();
  const source = `
name: big
inputs: { token: { type: string, secret: true } }
steps:
  - { id: print, run: "for i in $(seq 1 3000); do echo \${{ inputs.token }}; done; head -c 11000000 /dev/zero | tr '\\\\0' x" }
`;
  const run = await begin(openWorld(world), source, { inputs: { token: 'correct-horse-battery' } });
  const result = await run.result;
  expect(result.steps.print?.output).toMatchObject({ bytes: expect.any(Number) });
  const folder = join(world.cwd, '.keystone', 'blobs');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) {
    expect(readFileSync(join(file.parentPath, file.name)).includes('correct-horse-battery')).toBe(false);
  }
});
