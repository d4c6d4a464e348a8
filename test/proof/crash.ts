/**
 * Crash at a transition: the process is gone right after its n-th commit, another one goes on with what is on disk, and
 * what comes out is compared with a run that nobody disturbed.
 */
import type { RunResult } from '../../src/app/index.ts';
import { acquireEngine } from '../../src/app/project.ts';
import type { RunSession } from '../../src/app/run-session.ts';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import type { Engine } from '../../src/runtime/index.ts';
import type { RunBatch } from '../../src/store/port.ts';
import { begin, openWorld, resume, settled, type World } from '../runtime/test-project.ts';

export interface CrashCase {
  source: string;
  inputs?: JsonObject;
  /** A world for one run: a folder and effects of its own. */
  newWorld(): World;
  /** Real processes and real time; only long waits for timers alone are cut short. @default false */
  real?: boolean;
  /** What there is before the run begins; its processes do not die. */
  prepare?(world: World): Promise<void>;
  /** Called at every quiet moment of the run, before and after the crash, with simulated ms since it began. */
  meddle?(run: RunSession, elapsedMs: number, world: World): void;
}

export interface Observed {
  result: RunResult;
  world: World;
  commits: number;
}

interface Watch {
  commits: number;
  /** `run path#attempt` whose end is on disk. */
  ended: Set<string>;
  disk: Map<string, string>;
  crashed: boolean;
  /** What the dead process still does: nothing that anybody sees. */
  stopping: Promise<void>[];
}

/** In real time, a wait longer than this is not waited for, */
const LONG_WAIT_MS = 1000;
/** once the run was seen idle this often in a row: between two steps it is for a moment, with only its own timeout ahead. */
const IDLE_TICKS = 50;

/** Until the run ends, or the process is gone. */
async function drive(
  test: CrashCase,
  world: World,
  run: RunSession,
  crashed: () => boolean,
): Promise<RunResult | undefined> {
  let result: RunResult | undefined;
  let failure: { error: unknown } | undefined;
  run.result.then(
    (value) => {
      result = value;
    },
    (error: unknown) => {
      failure = { error };
    },
  );
  const began = run.host.run.startedAt;
  let idleTicks = 0;
  for (let idle = 0; idle < (test.real === true ? 20_000 : 50); idle++) {
    if (test.real === true) await new Promise((resolve) => setTimeout(resolve, 1));
    else await settled();
    // Nothing is due: files may be read, which takes real time.
    if (test.real !== true && idle > 5) await new Promise((resolve) => setTimeout(resolve, 5));
    if (crashed()) return undefined;
    if (failure !== undefined) throw failure.error;
    if (result !== undefined) return result;
    test.meddle?.(run, world.clock.now() - began, world);
    const next = world.clock.next;
    if (test.real === true) {
      idleTicks = run.host.idleUntil() === undefined ? 0 : idleTicks + 1;
      const skips = next !== undefined && next > LONG_WAIT_MS && idleTicks >= IDLE_TICKS;
      world.clock.advance(skips ? next : 0);
    } else if (next !== undefined) {
      world.clock.advance(next);
      idle = 0;
    }
  }
  throw new Error(`run ${run.runId} hangs; begun: ${world.effects.begun.join(' ')}`);
}

/** The same of a run that is paused on the way, and each time goes on as `unpause` does. */
async function driveOn(
  test: CrashCase,
  world: World,
  first: RunSession,
  unpause: () => Promise<RunSession>,
  crashed: () => boolean = () => false,
): Promise<RunResult | undefined> {
  let result = await drive(test, world, first, crashed);
  while (result?.status === 'paused' && !crashed())
    result = await drive(test, world, await unpause(), crashed);
  return result;
}

/** The run with nobody disturbing it. */
export async function undisturbed(test: CrashCase): Promise<Observed> {
  const world = test.newWorld();
  await test.prepare?.(world);
  const project = openWorld(world);
  const { engine, release } = await acquireEngine(project);
  let commits = 0;
  const commit = engine.store.commit.bind(engine.store);
  engine.store.commit = (batches) => {
    commits++;
    return commit(batches);
  };
  const inputs = { ...(test.inputs && { inputs: test.inputs }) };
  const run = await begin(project, test.source, inputs);
  const result = await driveOn(test, world, run, () => resume(project, run.runId, inputs));
  await release();
  if (result === undefined) throw new Error('unreachable');
  return { result, world, commits };
}

/** What a dead process left behind. */
export interface Death {
  /** Last status on disk of every step that has a row, by path, in the order of the commits; of all runs together. */
  disk: ReadonlyMap<string, string>;
  /** Entries of the log of effects by then. */
  effects: number;
}

export interface Crashed {
  result: RunResult;
  world: World;
  /** How often an attempt (`run path#attempt`) was in flight when a process died: so much more often it may have been begun. */
  inFlight: ReadonlyMap<string, number>;
  /** Of the processes that died, in order; fewer than asked for when the run ended before. */
  deaths: readonly Death[];
}

/**
 * One process after another, each gone at the commit after its last.
 * @param lives commits each of them makes, in order; the one after them lives.
 */
export async function crashedAt(test: CrashCase, ...lives: readonly number[]): Promise<Crashed> {
  const world = test.newWorld();
  await test.prepare?.(world);
  const inputs = test.inputs && { inputs: test.inputs };
  const watch: Watch = { commits: 0, ended: new Set(), disk: new Map(), crashed: false, stopping: [] };
  const inFlight = new Map<string, number>();
  let runId: string | undefined;
  const deaths: Death[] = [];
  for (const commits of [...lives, Number.POSITIVE_INFINITY]) {
    const project = openWorld(world);
    const { engine, release } = await acquireEngine(project);
    Object.assign(watch, { commits: 0, crashed: false });
    dieAfter(engine, commits, watch);
    const before = countBegun(world);
    const run = await (runId === undefined
      ? begin(project, test.source, { ...inputs })
      : resume(project, runId, { ...inputs }));
    runId = run.runId;
    const unpause = (): Promise<RunSession> => resume(project, run.runId, { ...inputs });
    const result = await driveOn(test, world, run, unpause, () => watch.crashed);
    if (result !== undefined) {
      await release();
      return { result, world, inFlight, deaths };
    }
    deaths.push({ disk: new Map(watch.disk), effects: world.effects.log.length });
    for (const [key, count] of countBegun(world)) {
      if (count > (before.get(key) ?? 0) && !watch.ended.has(key))
        inFlight.set(key, (inFlight.get(key) ?? 0) + 1);
    }
    // Files that are being read are let go; what waits for the clock of a dead process waits for ever.
    await Promise.race([Promise.all(watch.stopping.splice(0)), settled()]);
    engine.shares.stop();
    engine.slots.stop();
    await engine.store.close();
  }
  throw new Error('unreachable');
}

function dieAfter(engine: Engine, commits: number, watch: Watch): void {
  const commit = engine.store.commit.bind(engine.store);
  engine.store.commit = (batches) => {
    if (watch.crashed || watch.commits >= commits) {
      watch.crashed = true;
      // Everything below is in memory only; the disk stays as it is.
      for (const host of engine.runs) {
        watch.stopping.push(host.stop());
        engine.remove(host.run.runId);
      }
      return new Promise(() => {});
    }
    watch.commits++;
    note(batches, watch);
    return commit(batches);
  };
}

function note(batches: readonly RunBatch[], { ended, disk }: Watch): void {
  for (const { runId, steps } of batches) {
    for (const { path, attempt, status, finishedAt } of steps ?? []) {
      // A step that begins anew has the same attempts again.
      if (status === 'running') ended.delete(`${runId} ${path}#${attempt}`);
      if (finishedAt !== undefined) ended.add(`${runId} ${path}#${attempt}`);
      disk.delete(path);
      disk.set(path, status);
    }
  }
}

export function countBegun(world: World): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { runId, path, attempt, what } of world.effects.log) {
    const key = `${runId} ${path}#${attempt}`;
    if (what === 'begin') counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** What must not depend on a crash: everything but ids and times. */
export function essence(result: RunResult): JsonObject {
  const steps = Object.fromEntries(
    Object.keys(result.steps)
      .sort()
      .map((path) => [path, stepEssence(result.steps[path] as never)]),
  );
  return {
    status: result.status,
    outputs: result.outputs,
    error: errorEssence(result.error),
    steps,
    compensations: (result.compensations ?? [])
      .map(({ step, status }) => ({ step, status }))
      .sort((a, b) => (a.step < b.step ? -1 : 1)),
  };
}

function stepEssence(view: RunResult['steps'][string]): JsonObject {
  return {
    status: view.status,
    outcome: view.outcome ?? null,
    attempts: view.attempts,
    output: view.output ?? null,
    reason: view.skipReason ?? null,
    error: errorEssence(view.error),
    ...(view.items && { items: view.items.map(stepEssence) }),
  };
}

function errorEssence(error: RunResult['error']): Json {
  if (error === undefined) return null;
  const { code, message, stepId = null, attempt = null } = error;
  return { code, message: message.replace(/\brun [0-9a-z]{10}\b/, 'run …'), stepId, attempt };
}

/** Ids of child runs follow from the random id of their parent; here they are numbers in the order they began. */
function numberRuns(world: World): Map<string, string> {
  const ids = new Set(world.effects.log.map(({ runId }) => runId));
  return new Map(Array.from(ids, (id, index) => [id, String(index)]));
}

/** Effects that were had too often or not at all: at most once more than without a crash, and only if in flight. */
export function wrongEffects(calm: Observed, crashed: Crashed): string[] {
  const expected = countBegun(calm.world);
  const counted = countBegun(crashed.world);
  const ids = new Map([...numberRuns(crashed.world)].map(([id, number]) => [number, id]));
  const numbers = numberRuns(calm.world);
  const translate = (key: string): string => {
    const [runId = '', ...rest] = key.split(' ');
    return [ids.get(numbers.get(runId) ?? '') ?? runId, ...rest].join(' ');
  };
  const wantedCounts = new Map([...expected].map(([key, count]) => [translate(key), count]));
  const wrong: string[] = [];
  for (const key of new Set([...wantedCounts.keys(), ...counted.keys()])) {
    const wanted = wantedCounts.get(key) ?? 0;
    const got = counted.get(key) ?? 0;
    const most = wanted + (crashed.inFlight.get(key) ?? 0);
    if (got < wanted || got > most)
      wrong.push(
        `${key.replace(/^\S+ /, '')}: ${got} times, not ${wanted}${most > wanted ? ` or ${most}` : ''}`,
      );
  }
  return wrong;
}

/** Every commit but the last, which ends the run. */
export const allPositions = (commits: number): number[] =>
  Array.from({ length: commits - 1 }, (_, index) => index + 1);

/** Everything instead of samples. */
export const FULL = process.env.KEYSTONE_FULL === '1';
const DAY_MS = 86_400_000;

/** As many as asked for, evenly spread, and others each day, so that each has its turn; all of them with KEYSTONE_FULL=1. */
export function samplePositions(
  commits: number,
  most: number,
  turn = Math.floor(Date.now() / DAY_MS),
): number[] {
  const all = allPositions(commits);
  if (FULL || all.length <= most) return all;
  const stride = all.length / most;
  const offset = turn % Math.ceil(stride);
  return Array.from(
    { length: most },
    (_, index) => all[Math.floor(index * stride + offset) % all.length] ?? 1,
  );
}
