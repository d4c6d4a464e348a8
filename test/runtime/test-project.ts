/** A project in a folder of its own, with simulated time and countable effects; reopened on the same folder it is the next process. */
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openProject, type Project, type RunResult, resumeRun, runWorkflow } from '../../src/app/index.ts';
import { acquireEngine } from '../../src/app/project.ts';
import type { RunSession } from '../../src/app/run-session.ts';
import type { RunRequest } from '../../src/app/types.ts';
import { type Config, loadConfig } from '../../src/config/index.ts';
import type { StepKind } from '../../src/steps/define.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { Effects, effectKind } from './test-kinds.ts';

/** Turns of the event loop in which everything that needs no timer has happened. */
const QUIET_TURNS = 12;

export interface World {
  readonly cwd: string;
  readonly clock: SimulatedClock;
  readonly effects: Effects;
  readonly config: Config;
  readonly kinds: readonly StepKind[];
}

export interface WorldOptions {
  config?: Partial<Config>;
  kinds?: readonly StepKind[];
  /** Time also passes by itself. @default false */
  live?: boolean;
  /** Files to write, by name. */
  files?: Record<string, string>;
}

/** In memory where there is such a folder: what is proved here is order and atomicity; power cuts are the store's tests. */
const TEMP = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export function newWorld(options: WorldOptions = {}): World {
  const cwd = realpathSync(mkdtempSync(join(TEMP, 'keystone-run-')));
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(options.files ?? {})) writeFileSync(join(cwd, name), text);
  const { config } = loadConfig({ cwd, env: { PATH: process.env.PATH ?? '', HOME: cwd } });
  return {
    cwd,
    clock: new SimulatedClock(undefined, options.live ?? false),
    effects: new Effects(),
    config: { ...config, storage: { ...config.storage, durability: 'normal' }, ...options.config },
    kinds: options.kinds ?? [],
  };
}

/** Each call is another process, as far as the store and the engine can tell. */
export function openWorld(world: World): Project {
  const { cwd, clock, config, effects, kinds } = world;
  return openProject({ cwd, clock, config, kinds: [effectKind(effects), ...kinds] });
}

export async function begin(
  project: Project,
  source: string,
  request: Partial<RunRequest> = {},
): Promise<RunSession> {
  return (await runWorkflow(project, {
    workflow: 'test.yaml',
    source,
    wait: true,
    ...request,
  })) as RunSession;
}

export async function resume(
  project: Project,
  runId: string,
  options: Parameters<typeof resumeRun>[2] = {},
): Promise<RunSession> {
  return (await resumeRun(project, runId, { wait: true, ...options })) as RunSession;
}

/** Lets happen whatever can happen now. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < QUIET_TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** The run to its end, with time moving on to the next timer whenever nothing else can happen. */
export async function finish(world: World, run: RunSession): Promise<RunResult> {
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
  for (let idle = 0; idle < 50; ) {
    await settled();
    if (failure !== undefined) throw failure.error;
    if (result !== undefined) return result;
    const next = world.clock.next;
    if (next !== undefined) world.clock.advance(next);
    // Nothing is due: files may be read, which takes real time.
    else if (++idle > 5) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`run ${run.runId} hangs; begun: ${world.effects.begun.join(' ')}`);
}

export async function runToEnd(
  source: string,
  options: WorldOptions & { request?: Partial<RunRequest> } = {},
): Promise<{ world: World; result: RunResult }> {
  const world = newWorld(options);
  const run = await begin(openWorld(world), source, options.request);
  return { world, result: await finish(world, run) };
}

/** The process is gone, with everything it had not committed; its effects have been had. */
export async function die(project: Project): Promise<void> {
  const { engine } = await acquireEngine(project);
  engine.store.commit = () => new Promise(() => {});
  engine.store.pools.giveUp = async () => {};
  for (const host of engine.runs) {
    await host.stop();
    engine.remove(host.run.runId);
  }
  engine.shares.stop();
  engine.slots.stop();
  await engine.store.close();
}

/** Statuses by path, with items. */
export function statuses(result: RunResult): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [path, view] of Object.entries(result.steps)) {
    found[path] = view.status;
    view.items?.forEach((item, index) => {
      found[`${path}[${index}]`] = item.status;
    });
  }
  return found;
}
