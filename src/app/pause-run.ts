/**
 * `keystone pause` and `unpause`: tells the process that owns the run. A run nobody owns is only marked: it is not due any
 * more, and its waits and timers stay as they are. A sub-workflow is paused with the run that began it.
 */
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import type { Engine } from '../runtime/index.ts';
import type { RunRow, RunStatus } from '../store/port.ts';
import { SETTLED_RUN } from '../store/port.ts';
import { acquireEngine, type Project } from './project.ts';
import { type ResumeOptions, resumeRun } from './resume-run.ts';
import { isLeft } from './send-to-run.ts';
import type { RunHandle } from './types.ts';

/** Only to learn whether somebody else has the run. */
const CLAIM_MS = 1000;

export interface Pause {
  /** The run that is paused: of a sub-workflow the one that no other run began. */
  runId: string;
  was: RunStatus;
  /** `sent`: whoever runs it lets its attempts end and pauses; `marked`: nobody runs it, and nobody will go on with it by himself. */
  delivered: 'sent' | 'marked' | 'paused-already' | 'settled-already';
}

/** `handle`: the run goes on in this process. */
export type Unpause = { runId: string; delivered: 'sent' } | { runId: string; handle: RunHandle };

/** @throws {KeystoneError} RUN_NOT_FOUND */
export async function pauseRun(project: Project, runId: string): Promise<Pause> {
  const { engine, release } = await acquireEngine(project);
  try {
    const root = await rootOf(engine, runId);
    const { status: was } = root;
    if (SETTLED_RUN.has(was)) return { runId: root.runId, was, delivered: 'settled-already' };
    if (await sendHere(engine, root.runId, 'PAUSE')) return { runId: root.runId, was, delivered: 'sent' };
    return { runId: root.runId, was, delivered: await pauseElsewhere(engine, root.runId) };
  } finally {
    await release();
  }
}

/**
 * A run that a process runs goes on there; any other goes on here, as `resumeRun` does it.
 * @throws {KeystoneError} as resumeRun.
 */
export async function unpauseRun(
  project: Project,
  runId: string,
  options: ResumeOptions = {},
): Promise<Unpause> {
  const { engine, release } = await acquireEngine(project);
  try {
    const root = await rootOf(engine, runId);
    if (await sendHere(engine, root.runId, 'UNPAUSE')) return { runId: root.runId, delivered: 'sent' };
    try {
      return { runId: root.runId, handle: await resumeRun(project, root.runId, options) };
    } catch (error) {
      if (!(error instanceof KeystoneError) || error.code !== 'RUN_OWNED') throw error;
      await engine.store.send(root.runId, { type: 'UNPAUSE' }, engine.clock.now());
    }
    // Its process may have left it in between.
    if (!(await isLeft(engine, root.runId))) return { runId: root.runId, delivered: 'sent' };
    return { runId: root.runId, handle: await resumeRun(project, root.runId, options) };
  } finally {
    await release();
  }
}

async function pauseElsewhere(
  { store, clock }: Pick<Engine, 'store' | 'clock'>,
  runId: string,
): Promise<Pause['delivered']> {
  const claim = await store.claim(runId, clock.now(), CLAIM_MS);
  if (!claim.claimed) {
    await store.send(runId, { type: 'PAUSE' }, clock.now());
    if (!(await isLeft({ store, clock }, runId))) return 'sent';
    // Its process has left it in between; the message is as good as dropped when the run goes on.
    return pauseElsewhere({ store, clock }, runId);
  }
  try {
    const status = (await store.run(runId))?.status ?? 'failed';
    if (SETTLED_RUN.has(status)) return 'settled-already';
    if (status === 'paused') return 'paused-already';
    const marked = { status: 'paused', wakeAt: null, owner: null, leaseUntil: null } as const;
    const all = [runId, ...(await openChildren(store, runId))];
    for (const child of all.slice(1)) await store.claim(child, clock.now(), CLAIM_MS);
    await store.commit(all.map((each) => ({ runId: each, run: marked })));
    return 'marked';
  } finally {
    await store.release(runId);
  }
}

/** Sub-workflows that have not ended, however deep: nobody runs them either. */
async function openChildren(store: Engine['store'], runId: string): Promise<string[]> {
  const children = await store.runs({ parentRunId: runId, status: ['running', 'suspended'] });
  const deeper = await Promise.all(children.map((child) => openChildren(store, child.runId)));
  return [...children.map((child) => child.runId), ...deeper.flat()];
}

/** @returns false when this process does not run it. */
async function sendHere({ runs }: Engine, runId: string, type: 'PAUSE' | 'UNPAUSE'): Promise<boolean> {
  const host = runs.find(({ run }) => run.runId === runId);
  host?.send({ type });
  return host !== undefined;
}

async function rootOf({ store }: Pick<Engine, 'store'>, runId: string): Promise<RunRow> {
  const run = await store.run(runId);
  if (run === undefined)
    throw new KeystoneError('RUN_NOT_FOUND', `no run ${runId}`, {
      exitCode: EXIT.usage,
      hint: 'see: keystone history',
    });
  const root = run.parentRunId === undefined ? undefined : await store.run(run.parentRunId);
  return root === undefined ? run : rootOf({ store }, root.runId);
}
