/** Whatever happens to steps, runs and processes: no pool is held by more than its limit, and nothing stays held. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { acquireEngine } from '../../src/app/project.ts';
import type { RunSession } from '../../src/app/run-session.ts';
import { daily } from '../proof/seed-of-the-day.ts';
import { queryWithPlainSqljs } from '../store/plain-sqljs.ts';
import { begin, die, newWorld, openWorld, resume, settled, type World } from './test-project.ts';

const STEPS = {
  succeeds: 'ms: 300',
  fails: 'fail: true, retryable: false',
  retries: 'fail: 1, ms: 100, retry: { count: 2, baseDelay: 1s }',
  timesOut: 'hang: true, timeout: 1s',
  timesOutInQueue: 'ms: 700, totalTimeout: 1s',
  isSkipped: 'hang: true, timeout: 1s, onTimeout: skip',
} as const;

type Action =
  | { do: 'begin'; at: number; steps: (keyof typeof STEPS)[] }
  | { do: 'cancel' | 'pause'; pick: number }
  | { do: 'time'; ms: number }
  | { do: 'die'; at: number };

const names = Object.keys(STEPS) as (keyof typeof STEPS)[];
const at = fc.nat(1);
const begins = fc.record({
  do: fc.constant('begin' as const),
  at,
  steps: fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 4 }),
});
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: begins },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('cancel' as const, 'pause' as const), pick: fc.nat(9) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('time' as const), ms: fc.integer({ min: 50, max: 900 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('die' as const), at }) },
);

class Processes {
  readonly projects;
  /** Runs that are not over, with the process that runs them. */
  readonly open = new Map<string, { session: RunSession; at: number }>();

  constructor(readonly world: World) {
    this.projects = [openWorld(world), openWorld(world)];
  }

  project(at: number) {
    const project = this.projects[at];
    if (project === undefined) throw new Error(`no process ${at}`);
    return project;
  }

  follow(session: RunSession, at: number): void {
    this.open.set(session.runId, { session, at });
    const over = (): void => {
      if (this.open.get(session.runId)?.session === session) this.open.delete(session.runId);
    };
    session.result.then(over, over);
  }

  async act(each: Action): Promise<void> {
    if (each.do === 'begin') {
      const steps = each.steps.map(
        (name, i) => `  - { id: s${i}, type: effect, pool: scarce, ${STEPS[name]} }`,
      );
      const source = `name: t\non_failure: continue\nsteps:\n${steps.join('\n')}\n`;
      this.follow(await begin(this.project(each.at), source), each.at);
    } else if (each.do === 'time') this.world.clock.advance(each.ms);
    else if (each.do === 'die') await this.die(each.at);
    else {
      const sessions = [...this.open.values()];
      const picked = sessions[each.pick % Math.max(1, sessions.length)]?.session;
      if (each.do === 'cancel') picked?.cancel();
      else picked?.pause();
    }
    await this.happen();
  }

  async happen(): Promise<void> {
    for (const project of this.projects) {
      const { engine, release } = await acquireEngine(project);
      engine.shares.look();
      await release();
    }
    await settled();
  }

  async die(at: number): Promise<void> {
    await settled();
    await die(this.project(at));
    this.projects[at] = openWorld(this.world);
    for (const [runId, { at: where }] of [...this.open])
      if (where === at) this.follow(await resume(this.project(at), runId), at);
  }

  /** What runs are over has closed its engine; one that is open still is closed by asking for it. */
  async close(): Promise<void> {
    for (const project of this.projects) await (await acquireEngine(project)).release();
  }

  async end(): Promise<void> {
    for (let turn = 0; turn < 400 && this.open.size > 0; turn++) {
      await this.happen();
      const { next } = this.world.clock;
      if (next !== undefined) this.world.clock.advance(next);
    }
    expect([...this.open.keys()]).toEqual([]);
  }
}

test('every end of a step gives back its slot, on disk too, and no limit is exceeded, whoever is canceled, paused or killed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.array(action, { minLength: 3, maxLength: 12 }),
      async (limit, actions) => {
        const world = newWorld({ config: { pools: { scarce: { limit } } } });
        const processes = new Processes(world);
        for (const each of actions) {
          await processes.act(each);
          expect(world.effects.mostRunning).toBeLessThanOrEqual(limit);
        }
        await processes.end();
        expect(world.effects.mostRunning).toBeLessThanOrEqual(limit);
        expect(world.effects.running).toBe(0);
        const { engine, release } = await acquireEngine(openWorld(world));
        const rows = await engine.store.pools.parts();
        expect(rows.reduce((sum, { slots }) => sum + slots, 0)).toBe(0);
        await release();
        await processes.close();
        // The table itself: what is asked of the store leaves out runs that nobody runs.
        const left = 'SELECT run, path, state FROM pool_slots';
        expect(await queryWithPlainSqljs(world.config.storage.path, left)).toEqual([]);
      },
    ),
    { numRuns: process.env.KEYSTONE_FULL ? 200 : 25, ...daily() },
  );
}, 120_000);
