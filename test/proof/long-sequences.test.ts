/** Sequences that are run in segments: what a crash, a pause and a wait in the middle of one leave behind. */
import { describe, expect, test } from 'vitest';
import { begin, die, finish, newWorld, openWorld, resume, settled } from '../runtime/test-project.ts';
import { type CrashCase, crashedAt, essence, undisturbed, wrongEffects } from './crash.ts';

const STEPS = 210;
const POSITIONS = process.env.KEYSTONE_FULL === '1' ? 30 : 4;

/** A lane of `STEPS` steps that waits for a timer at 150, beside a short one; a soft join heads a lane of its own. */
function source(): string {
  const lines = ['name: long', 'steps:', '  - { id: root, type: effect }'];
  const lane = (name: string, count: number, first: string): void => {
    for (let i = 0; i < count; i++) {
      const kind = name === 'a' && i === 150 ? 'type: sleep, duration: 1h' : `type: effect, value: ${i}`;
      lines.push(`  - { id: ${name}${i}, ${kind}, needs: [${i === 0 ? first : `${name}${i - 1}`}] }`);
    }
  };
  lane('a', STEPS, 'root');
  lines.push('  - { id: b, type: effect, needs: [root] }');
  lines.push('  - { id: first, type: join, condition: any, needs: [b, a120] }');
  lane('c', STEPS, 'first');
  lines.push(`  - { id: end, type: effect, needs: [a${STEPS - 1}, c${STEPS - 1}] }`);
  return lines.join('\n');
}

describe('a sequence in segments', () => {
  test('goes on from wherever a process died, each effect being had once', async () => {
    const crash: CrashCase = { source: source(), newWorld: () => newWorld() };
    const calm = await undisturbed(crash);
    expect(calm.result.status).toBe('success');
    expect(calm.world.effects.begun).toHaveLength(2 * STEPS + 2);
    const wanted = essence(calm.result);
    const last = calm.commits - 1;
    const at = Array.from({ length: POSITIONS }, (_, k) => [
      Math.round((last * (k + 1)) / POSITIONS) - (k % 3),
    ]);
    for (const lives of [...at, [Math.floor(last / 3), 1, 1, 40]]) {
      const crashed = await crashedAt(crash, ...lives);
      expect({ lives, ...essence(crashed.result), wrong: wrongEffects(calm, crashed) }).toEqual({
        lives,
        ...wanted,
        wrong: [],
      });
    }
  }, 60_000);

  test('keeps a wait in a later segment over a restart, and begins nothing of the segments before anew', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const first = await begin(project, source());
    for (let turn = 0; turn < 200; turn++) await settled();
    expect(world.clock.next).toBe(3_600_000);
    world.clock.advance(3_000_000);
    await die(project);
    world.effects.log.length = 0;
    const second = await resume(openWorld(world), first.runId);
    await settled();
    expect(world.clock.next).toBe(600_000);
    expect(world.effects.begun).toEqual([]);
    expect((await finish(world, second)).status).toBe('success');
    expect(world.effects.begun).toEqual([
      ...Array.from({ length: STEPS - 151 }, (_, i) => `a${i + 151}`),
      'end',
    ]);
  }, 30_000);

  test('is canceled as a whole', async () => {
    const world = newWorld();
    const project = openWorld(world);
    const run = await begin(project, source());
    for (let turn = 0; turn < 200; turn++) await settled();
    run.cancel('enough');
    const result = await finish(world, run);
    expect(result.status).toBe('canceled');
    expect(result.steps.a150?.status).toBe('canceled');
    expect(result.steps[`a${STEPS - 1}`]?.status).toBe('canceled');
    expect(result.steps[`c${STEPS - 1}`]?.status).toBe('success');
    expect(Object.keys(result.steps)).toHaveLength(2 * STEPS + 4);
  }, 30_000);
});
