import { expect, test } from 'vitest';
import { begin, newWorld, openWorld } from './test-project.ts';

test('a run with a timeout that always has something to do is never mistaken for one that waits', async () => {
  const world = newWorld({
    files: {
      'child.yaml':
        'name: child\ntimeout: 1h\nsteps:\n  - { id: a, type: effect }\n  - { id: b, type: effect, needs: a }\n',
    },
  });
  const run = await begin(
    openWorld(world),
    `
name: t
timeout: 2h
concurrency: 2
steps:
  - { id: a, type: effect, compensate: { id: u, type: effect } }
  - { id: items, type: effect, foreach: "[1, 2, 3, 4, 5]", concurrency: 2, needs: a }
  - { id: race, type: join, needs: [a, items], condition: any }
  - { id: ask, type: workflow, workflow: ./child.yaml, needs: race }
  - { id: shell, type: shell, run: echo hello, needs: ask }
  - { id: bad, type: effect, needs: [shell, items], fail: true, retryable: false, compensate: { id: u, type: effect } }
errors: [{ id: e, type: effect }]
finally: [{ id: f, type: effect }, { id: g, type: shell, run: echo bye, needs: f }]
`,
    { wait: false },
  );
  const result = await run.result;
  expect(result.status).toBe('failed');
  expect(world.effects.begun.slice(-4)).toEqual(['errors/e', 'compensate/bad', 'compensate/a', 'finally/f']);
});
