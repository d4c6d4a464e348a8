/** A project: a folder, its configuration and the step kinds it can run. The store and engine are opened when first needed. */
import path from 'node:path';
import type { Config } from '../config/index.ts';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { Engine } from '../runtime/index.ts';
import { closeIdleLanes } from '../services/process/run-command.ts';
import { builtinCatalog } from '../steps/catalog.ts';
import type { StepKind } from '../steps/define.ts';
import { openStore } from '../store/index.ts';
import type { Store } from '../store/port.ts';
import { closeMemories } from './memories.ts';

export interface Project {
  /** Absolute; `.keystone/` is here. */
  readonly root: string;
  /** Where relative paths of workflows and steps start. Absolute. */
  readonly cwd: string;
  readonly config: Config;
  readonly kinds: ReadonlyMap<string, StepKind>;
  readonly clock: Clock;
}

export interface ProjectOptions {
  cwd: string;
  config: Config;
  /** Further step kinds, as plugins bring them; they may not replace built-in ones. */
  kinds?: readonly StepKind[];
  clock?: Clock;
}

export function openProject(options: ProjectOptions): Project {
  const kinds = new Map(builtinCatalog);
  for (const kind of options.kinds ?? []) {
    if (kinds.has(kind.kind)) throw new Error(`a step kind "${kind.kind}" exists already`);
    kinds.set(kind.kind, kind);
  }
  return {
    root: options.config.projectRoot,
    cwd: path.resolve(options.cwd),
    config: options.config,
    kinds,
    clock: options.clock ?? systemClock,
  };
}

/** `.keystone` of the project; the database's own folder when the configuration puts it elsewhere. */
export const stateFolder = (project: Project): string => path.dirname(project.config.storage.path);

const engines = new WeakMap<Project, { engine: Promise<Engine>; users: number }>();

/** The project's engine, shared by everything that runs in this process; `release` closes it after its last user. */
export async function acquireEngine(project: Project): Promise<{ engine: Engine; release(): Promise<void> }> {
  const shared = engines.get(project) ?? { engine: openEngine(project), users: 0 };
  engines.set(project, shared);
  shared.users++;
  try {
    const engine = await shared.engine;
    let released = false;
    return {
      engine,
      release: async () => {
        if (released) return;
        released = true;
        if (--shared.users > 0) return;
        engines.delete(project);
        closeIdleLanes();
        await closeMemories(project);
        await engine.close();
      },
    };
  } catch (error) {
    engines.delete(project);
    throw error;
  }
}

/** Uses the store for one question. */
export async function withStore<T>(project: Project, ask: (store: Store) => Promise<T>): Promise<T> {
  const { engine, release } = await acquireEngine(project);
  try {
    return await ask(engine.store);
  } finally {
    await release();
  }
}

async function openEngine(project: Project): Promise<Engine> {
  const { storage, concurrency, pools } = project.config;
  const store = await openStore({
    path: storage.path,
    durability: storage.durability,
    blobThresholdBytes: storage.blobThresholdKb * 1024,
  });
  const limits = Object.fromEntries(Object.entries(pools).map(([name, { limit }]) => [name, limit]));
  return new Engine(store, project.clock, { concurrency, pools: limits });
}
