/** `keystone why`: why a step is where it is, in sentences, from the plan, the rows and the states of the run's own machines. */
import type { BlockName, Plan, StepPlan } from '#compiler';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import { maskPlaceholders } from '../kernel/redact.ts';
import { StepIndex } from '../runtime/index.ts';
import type { ActorRow, StepRow, WaitRow } from '../store/port.ts';
import { type Project, withStore } from './project.ts';
import { requireStepPath } from './steps-of-run.ts';
import { labelOf, whyNeverBegan } from './why-items.ts';
import { whyOpen } from './why-open.ts';
import { whySettled } from './why-settled.ts';

export interface Explanation {
  step: string;
  /** Of an item: what it is called. */
  label?: string;
  status: string;
  /** Sentences. */
  lines: string[];
}

/** What is known of a run, for the sentences. */
export interface Evidence {
  plan: Plan;
  /** Latest row of every path that has one. */
  rows: ReadonlyMap<string, StepRow>;
  /** State of the step machines that live, by path: `queued`, `backingOff`, `running.executing` … */
  states: ReadonlyMap<string, string>;
  /** When a step goes on by itself, wall clock in ms. */
  dueAt: ReadonlyMap<string, number>;
  waits: ReadonlyMap<string, WaitRow>;
  runStatus: string;
  now: number;
}

/** The step asked for. */
export interface Subject {
  path: string;
  step: StepPlan;
  block: BlockName;
}

/** @throws {KeystoneError} RUN_NOT_FOUND, STEP_NOT_FOUND with the nearest name. */
export async function why(project: Project, runId: string, path: string): Promise<Explanation> {
  const evidence = await gather(project, runId);
  requireStepPath(evidence.plan, evidence.rows, runId, path);
  const subject = findStep(evidence.plan, path);
  const row = evidence.rows.get(path);
  const label = labelOf(evidence, path);
  const named = { step: path, ...(label !== undefined && { label: maskPlaceholders(label) }) };
  if (row?.finishedAt !== undefined && row.status !== 'retrying')
    return { ...named, status: row.status, lines: maskPlaceholders(whySettled(evidence, subject, row)) };
  const never = whyNeverBegan(evidence, path);
  if (never !== undefined) return { ...named, status: 'canceled', lines: [maskPlaceholders(never)] };
  return { ...named, status: statusOf(evidence, path), lines: maskPlaceholders(whyOpen(evidence, subject)) };
}

/** A step in a queue, or whose turn has not come, has no row that says so. */
export function statusOf({ rows, states }: Evidence, path: string): string {
  const state = states.get(path);
  if (state === 'queued') return 'queued';
  if (state === 'held') return 'pending';
  return rows.get(path)?.status ?? 'pending';
}

async function gather(project: Project, runId: string): Promise<Evidence> {
  return withStore(project, async (store) => {
    const image = await store.image(runId);
    if (image === undefined) {
      throw new KeystoneError('RUN_NOT_FOUND', `no run ${runId}`, {
        exitCode: EXIT.usage,
        hint: 'see: keystone history',
      });
    }
    const rows = new Map<string, StepRow>();
    await store.eachStep(runId, (row) => rows.set(row.path, row));
    return {
      plan: JSON.parse(image.plan),
      rows,
      states: new Map(image.actors.flatMap(stepState)),
      dueAt: new Map(image.timers.map((timer) => [timer.step, timer.dueAt])),
      waits: new Map((await store.waits({ runId })).map((wait) => [wait.path, wait])),
      runStatus: image.run.status,
      now: project.clock.now(),
    };
  });
}

/** A step's machine knows its path; all others have none. */
function stepState({ snapshot }: ActorRow): [string, string][] {
  const { value, context } = JSON.parse(snapshot) as {
    value: unknown;
    context?: { path?: unknown; verdict?: unknown };
  };
  if (typeof context?.path !== 'string' || context.verdict === undefined) return [];
  return [[context.path, flat(value)]];
}

const flat = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : Object.entries((value ?? {}) as object)
        .map(([key, inner]) => `${key}.${flat(inner)}`)
        .join(' ');

function findStep(plan: Plan, path: string): Subject {
  const { step, block } = new StepIndex(plan).at(path);
  return { path, step, block: block === 'compensate' ? 'steps' : block };
}
