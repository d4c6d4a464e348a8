/** Whatever happens to steps, runs and processes: no pool is held by more than its limit, and nothing stays held. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { answerRun, listQuestions, rollbackRun } from '../../src/app/index.ts';
import { acquireEngine } from '../../src/app/project.ts';
import type { RunSession } from '../../src/app/run-session.ts';
import { daily } from '../proof/seed-of-the-day.ts';
import { queryWithPlainSqljs } from '../store/plain-sqljs.ts';
import { begin, die, newWorld, openWorld, resume, settled, type World } from './test-project.ts';

/** What a run is made of: steps that hold or wait for slots of the pool and end, or are ended, in every way there is. */
const PARTS = {
  succeeds: (id: string) => `
  - { id: ${id}, type: effect, pool: scarce, ms: 300 }`,
  fails: (id: string) => `
  - { id: ${id}, type: effect, pool: scarce, fail: true, retryable: false }`,
  retries: (id: string) => `
  - { id: ${id}, type: effect, pool: scarce, fail: 1, ms: 100, retry: { count: 2, baseDelay: 1s } }`,
  timesOut: (id: string) => `
  - { id: ${id}, type: effect, pool: scarce, hang: true, timeout: 1s, lingerMs: 200 }`,
  timesOutInQueue: (id: string) => `
  - { id: ${id}, type: effect, pool: scarce, ms: 700, totalTimeout: 1s }`,
  isSkipped: (id: string) => `
  - { id: ${id}, type: effect, pool: scarce, hang: true, timeout: 1s, onTimeout: skip }`,
  isUndone: (id: string) => `
  - id: ${id}
    type: effect
    pool: scarce
    priority: 3
    ms: 200
    compensate: { id: undo_${id}, type: effect, pool: scarce, ms: 100 }
  - { id: after_${id}, type: effect, pool: scarce, needs: ${id}, fail: true, retryable: false }`,
  hasItems: (id: string) => `
  - { id: ${id}, type: effect, pool: scarce, foreach: "[1, 2, 3]", ms: 250, lingerMs: 100 }`,
  failsFast: (id: string) => `
  - { id: ${id}, type: effect, pool: scarce, foreach: "[1, 2, 3]", ms: 250, fail: true, retryable: false, lingerMs: 150 }`,
  races: (id: string) => `
  - { id: quick_${id}, type: effect, pool: scarce, ms: 100 }
  - { id: slow_${id}, type: effect, pool: scarce, ms: 5000, lingerMs: 300 }
  - { id: ${id}, type: join, needs: [quick_${id}, slow_${id}], condition: any, cancelRest: true }`,
  isSentBack: (id: string) => `
  - { id: draft_${id}, type: effect, pool: scarce, ms: 100 }
  - { id: aside_${id}, type: effect, pool: scarce, needs: draft_${id}, ms: 900, lingerMs: 200 }
  - { id: ${id}, type: human, message: "Ok?", needs: draft_${id}, rewindTo: draft_${id} }`,
  rollsBack: (id: string) => `
  - id: made_${id}
    type: effect
    pool: scarce
    ms: 100
    compensate: { id: undo_${id}, type: effect, pool: scarce, ms: 50 }
  - { id: ${id}, type: rollback, needs: made_${id}, scope: made_${id} }`,
  calls: (id: string) => `
  - { id: ${id}, workflow: ./child.yaml }`,
} as const;

const CHILD = `
name: child
steps:
  - { id: a, type: effect, pool: scarce, ms: 200, lingerMs: 100, compensate: { id: undo, type: effect, pool: scarce, ms: 50 } }
  - { id: b, type: effect, pool: scarce, needs: a, ms: 200 }
`;

type Action =
  | { do: 'begin'; at: number; parts: (keyof typeof PARTS)[]; onFailure: string }
  | { do: 'cancel' | 'pause' | 'rollback'; pick: number }
  | { do: 'answer'; pick: number; yes: boolean }
  | { do: 'time'; ms: number }
  | { do: 'die'; at: number; again: boolean }
  | { do: 'resume'; at: number };

const names = Object.keys(PARTS) as (keyof typeof PARTS)[];
const at = fc.nat(1);
const begins = fc.record({
  do: fc.constant('begin' as const),
  at,
  parts: fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 4 }),
  onFailure: fc.constantFrom('continue', 'continue', 'drain', 'cancel'),
});
const picked = fc.record({
  do: fc.constantFrom('cancel' as const, 'pause' as const, 'rollback' as const),
  pick: fc.nat(9),
});
const answers = fc.record({ do: fc.constant('answer' as const), pick: fc.nat(9), yes: fc.boolean() });
const times = fc.record({ do: fc.constant('time' as const), ms: fc.integer({ min: 50, max: 900 }) });
const deaths = fc.record({ do: fc.constant('die' as const), at, again: fc.boolean() });
const resumes = fc.record({ do: fc.constant('resume' as const), at });
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: begins },
  { weight: 3, arbitrary: picked },
  { weight: 2, arbitrary: answers },
  { weight: 5, arbitrary: times },
  { weight: 1, arbitrary: deaths },
  { weight: 1, arbitrary: resumes },
);

class Processes {
  readonly projects;
  /** Runs that are not over, with the process that runs them. */
  readonly open = new Map<string, { session: RunSession; at: number }>();
  /** Runs that nobody runs: paused, or left behind by a process that died. */
  readonly left = new Set<string>();

  constructor(readonly world: World) {
    this.projects = [openWorld(world), openWorld(world)];
  }

  project(at: number) {
    const project = this.projects[at];
    if (project === undefined) throw new Error(`no process ${at}`);
    return project;
  }

  follow(session: RunSession, at: number): void {
    this.left.delete(session.runId);
    this.open.set(session.runId, { session, at });
    const over = (status?: string): void => {
      if (this.open.get(session.runId)?.session !== session) return;
      this.open.delete(session.runId);
      if (status === 'paused') this.left.add(session.runId);
    };
    session.result.then(
      ({ status }) => over(status),
      () => over(),
    );
  }

  async act(each: Action): Promise<void> {
    if (each.do === 'begin') {
      const parts = each.parts.map((name, i) => PARTS[name](`s${i}`));
      const source = `name: t\non_failure: ${each.onFailure}\nsteps:${parts.join('')}\n`;
      this.follow(await begin(this.project(each.at), source), each.at);
    } else if (each.do === 'time') this.world.clock.advance(each.ms);
    else if (each.do === 'die') await this.die(each.at, each.again);
    else if (each.do === 'resume') await this.resume(each.at);
    else if (each.do === 'answer') await this.answer(each.pick, each.yes);
    else await this.meddle(each.do, each.pick);
    await this.happen();
  }

  async meddle(what: 'cancel' | 'pause' | 'rollback', pick: number): Promise<void> {
    const sessions = [...this.open.values()];
    const picked = sessions[pick % Math.max(1, sessions.length)];
    if (picked === undefined) return;
    if (what === 'cancel') picked.session.cancel();
    else if (what === 'pause') picked.session.pause();
    // Waits for the undos, which take time.
    else void rollbackRun(this.project(picked.at), picked.session.runId).catch(() => {});
  }

  async answer(pick: number, yes: boolean): Promise<void> {
    const questions = await listQuestions(this.project(0));
    const { runId, path } = questions[pick % Math.max(1, questions.length)] ?? {};
    if (runId !== undefined && path !== undefined)
      await answerRun(this.project(0), runId, path, yes).catch(() => {});
  }

  async happen(): Promise<void> {
    for (const project of this.projects) {
      const { engine, release } = await acquireEngine(project);
      engine.shares.look();
      engine.lookSoon();
      await release();
    }
    await settled();
  }

  async die(at: number, again: boolean): Promise<void> {
    await settled();
    let dead = false;
    const dying = die(this.project(at)).then(() => {
      dead = true;
    });
    // What it had begun takes its time to end.
    for (let turn = 0; turn < 20 && !dead; turn++) {
      await settled();
      if (!dead) this.world.clock.advance(this.world.clock.next ?? 0);
    }
    await dying;
    this.projects[at] = openWorld(this.world);
    for (const [runId, { at: where }] of [...this.open]) {
      if (where !== at) continue;
      this.open.delete(runId);
      this.left.add(runId);
    }
    if (again) await this.resume(at);
  }

  async resume(at: number): Promise<void> {
    for (const runId of [...this.left]) this.follow(await resume(this.project(at), runId), at);
  }

  /** What runs are over has closed its engine; one that is open still is closed by asking for it. */
  async close(): Promise<void> {
    for (const project of this.projects) await (await acquireEngine(project)).release();
  }

  async end(): Promise<void> {
    for (let turn = 0; turn < 600 && this.open.size + this.left.size > 0; turn++) {
      if (this.left.size > 0) await this.resume(0);
      await this.happen();
      if (turn % 4 === 3) await this.answer(turn, true);
      if (turn % 4 === 1) for (const { session } of this.open.values()) session.unpause();
      const { next } = this.world.clock;
      if (next !== undefined) this.world.clock.advance(next);
    }
    expect([...this.open.keys(), ...this.left]).toEqual([]);
  }
}

test('every end of a step gives back its slot, on disk too, and no limit is exceeded, whoever is canceled, paused or killed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.array(action, { minLength: 3, maxLength: 14 }),
      async (limit, actions) => {
        const world = newWorld({ config: { pools: { scarce: { limit } } }, files: { 'child.yaml': CHILD } });
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
