/** How long runs are kept: which are to go, and everything that goes with them. */
import { rm } from 'node:fs/promises';
import type { Plan } from '#compiler';
import type { ExpiredRun, RetentionRule, Store } from '../store/port.ts';
import { cleanLeftovers } from './clean-leftovers.ts';
import { acquireEngine, type Project, stateFolder } from './project.ts';
import { logsFolder } from './run-logs.ts';

/** For how many days after their end, and how many of each workflow. */
export interface Retention {
  days?: number | undefined;
  keep?: number | undefined;
}

export interface PrunedRun extends ExpiredRun {
  workflow: string;
  why: string;
}

export interface Pruning {
  /** Not counting the runs that these began. */
  runs: PrunedRun[];
  /** Runs that a rule does not keep, but that cannot go now. */
  kept: PrunedRun[];
  /** `runs`: with the runs they began. */
  freed: { runs: number; blobs: number; bytes: number };
}

const DAY_MS = 86_400_000;
/** At the end of a run so many others go at most, so that nobody waits for a long clean-up. */
const MOST_AT_RUN_END = 20;
const AT_ONCE = 20;

/**
 * Forgets every run that the retention of its workflow, as its newest run has it, or else the configuration does not keep; goes on
 * with what was left in the middle; and removes values that nobody needs.
 * @param options `dryRun`: only tells which runs would go. `days`, `keep`: instead of what workflows and configuration say.
 */
export async function pruneRuns(
  project: Project,
  options: Retention & { dryRun?: boolean } = {},
): Promise<Pruning> {
  const { engine, release } = await acquireEngine(project);
  try {
    const { store } = engine;
    if (!options.dryRun) await cleanLeftovers(project, engine);
    const runs: PrunedRun[] = [];
    for (const { workflow, plan } of await store.retention.workflows()) {
      const own = options.days === undefined && options.keep === undefined ? retentionOf(plan) : options;
      runs.push(...(await expiredRuns(project, store, workflow, own)));
    }
    if (options.dryRun) return { runs, kept: [], freed: { runs: 0, blobs: 0, bytes: 0 } };
    const forgotten = await forget(project, store, runs);
    const freed = await sweep(project, store, { all: true });
    const isGone = ({ runId }: PrunedRun): boolean => forgotten.has(runId);
    return {
      runs: runs.filter(isGone),
      kept: runs.filter((run) => !isGone(run)),
      freed: { runs: forgotten.size, ...freed },
    };
  } finally {
    await release();
  }
}

/** After a run has ended: the older ones of its workflow. What cannot go now goes after another run, or with `keystone prune`. */
export async function pruneAfter(project: Project, store: Store, plan: Plan): Promise<void> {
  try {
    const runs = await expiredRuns(project, store, plan.name, plan.retention, MOST_AT_RUN_END);
    if (runs.length === 0) return;
    await forget(project, store, runs);
    await sweep(project, store, { all: false });
  } catch {
    // The run's own end is what counts.
  }
}

async function expiredRuns(
  { config, clock }: Project,
  store: Store,
  workflow: string,
  own: Retention = {},
  limit?: number,
): Promise<PrunedRun[]> {
  const days = own.days ?? config.storage.retention.days;
  const keep = own.keep ?? config.storage.retention.keep;
  if (days === undefined && keep === undefined) return [];
  const endedBefore = days === undefined ? undefined : clock.now() - days * DAY_MS;
  const rule: RetentionRule = { keep, endedBefore };
  const expired = await store.retention.expired(workflow, rule, limit);
  return expired.map((run) => ({
    ...run,
    workflow,
    why:
      endedBefore !== undefined && run.endedAt < endedBefore
        ? `ended more than ${days} ${days === 1 ? 'day' : 'days'} ago`
        : `not among the newest ${keep}`,
  }));
}

/** @returns the ids of all runs that went. */
async function forget(
  project: Project,
  store: Store,
  runs: readonly PrunedRun[],
): Promise<ReadonlySet<string>> {
  const forgotten = new Set<string>();
  for (let at = 0; at < runs.length; at += AT_ONCE) {
    const ids = runs.slice(at, at + AT_ONCE).map(({ runId }) => runId);
    for (const runId of await store.retention.forget(ids, project.clock.now())) forgotten.add(runId);
  }
  return forgotten;
}

/** What forgotten runs left, of this time or of one that was cut short. */
async function sweep(
  project: Project,
  store: Store,
  options: { all: boolean },
): Promise<{ blobs: number; bytes: number }> {
  for (const runId of await store.retention.forgotten()) {
    await rm(logsFolder(stateFolder(project), runId), { recursive: true, force: true });
    await store.retention.clear(runId);
  }
  return store.retention.collectBlobs(options);
}

/** A plan of another version may have none, or have it elsewhere: then the configuration counts. */
function retentionOf(plan: string): Retention {
  const { retention }: Partial<Plan> = JSON.parse(plan);
  return retention ?? {};
}
