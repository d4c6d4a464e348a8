import { describe, expect, test } from 'vitest';
import { newWorld } from '../runtime/test-project.ts';
import { CONTROLLED } from './control-workflows.ts';
import { allPositions, type CrashCase, crashedAt, essence, undisturbed, wrongEffects } from './crash.ts';
import { NASTY } from './nasty-workflows.ts';

describe('a process that dies after any commit changes nothing but time', () => {
  test.each([...NASTY, ...CONTROLLED])('$name', async ({ source, files, prepare, meddle }) => {
    const crash: CrashCase = {
      source,
      newWorld: () => newWorld({ ...(files && { files }) }),
      ...(prepare && { prepare }),
      ...(meddle && { meddle }),
    };
    const calm = await undisturbed(crash);
    const wanted = essence(calm.result);
    const at = allPositions(calm.commits);
    expect(at.length).toBeGreaterThan(1);
    for (const position of at) {
      const crashed = await crashedAt(crash, position);
      const deaths = crashed.deaths.length;
      expect({
        position,
        deaths,
        ...essence(crashed.result),
        wrong: wrongEffects(calm, crashed),
      }).toEqual({
        position,
        deaths: 1,
        ...wanted,
        wrong: [],
      });
    }
    // A process that goes on may die as well, and the next one too.
    for (const lives of [
      [1, 1, 1],
      [2, 3],
      [Math.ceil(calm.commits / 2), 1, 2],
    ]) {
      const crashed = await crashedAt(crash, ...lives);
      expect({ lives, ...essence(crashed.result), wrong: wrongEffects(calm, crashed) }).toEqual({
        lives,
        ...wanted,
        wrong: [],
      });
    }
  });
});
