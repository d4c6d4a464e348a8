/** `keystone why`: why a step is where it is, in sentences, from the plan, the rows and the machines' own reasons. */
import type { Plan, StepPlan } from '#compiler';
import { nearest } from '#compiler';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import type { StepRow, WaitRow } from '../store/port.ts';
import { type Project, withStore } from './project.ts';

export interface Explanation {
  step: string;
  status: string;
  /** Sentences. */
  lines: string[];
}

interface Evidence {
  plan: Plan;
  rows: Map<string, StepRow>;
  /** When a step goes on by itself. */
  dueAt: Map<string, number>;
  waits: Map<string, WaitRow>;
  runStatus: string;
}

export async function why(project: Project, runId: string, step: string): Promise<Explanation> {
  const evidence = await gather(project, runId);
  const { plan, rows } = evidence;
  const planned = findStep(plan, step);
  if (planned === undefined) {
    const known = [...plan.blocks.steps, ...plan.blocks.errors, ...plan.blocks.finally].map(({ id }) => id);
    const similar = nearest(step, known);
    throw new KeystoneError('STEP_NOT_FOUND', `workflow ${plan.name} has no step "${step}"`, {
      exitCode: EXIT.usage,
      hint:
        similar === undefined ? `its steps: ${known.slice(0, 20).join(', ')}` : `did you mean ${similar}?`,
    });
  }
  const row = rows.get(step);
  if (row === undefined) return { step, status: 'pending', lines: whyPending(evidence, planned) };
  return { step, status: row.status, lines: whySettled(evidence, planned, row) };
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
      dueAt: new Map(image.timers.map((timer) => [timer.step, timer.dueAt])),
      waits: new Map((await store.waits({ runId })).map((wait) => [wait.path, wait])),
      runStatus: image.run.status,
    };
  });
}

function findStep(plan: Plan, path: string): StepPlan | undefined {
  const bare = path.replace(/\[\d+\]$/, '');
  const [block, id] = bare.includes('/')
    ? (bare.split('/') as [keyof Plan['blocks'], string])
    : (['steps', bare] as const);
  return plan.blocks[block]?.find((step) => step.id === id);
}

function whyPending({ plan, rows, runStatus }: Evidence, step: StepPlan): string[] {
  if (step.needs.length === 0) return [`its turn has not come; the run is ${runStatus}`];
  const open = step.needs.filter((id) => rows.get(id)?.finishedAt === undefined);
  if (open.length === 0) return [`all its needs have settled; the run is ${runStatus}`];
  const each = open.map((id) => `${id} (${describeNeed(rows.get(id), plan, id)})`);
  return [`waits for ${open.length} of ${step.needs.length} needs: ${each.join(', ')}`];
}

function describeWait(wait: WaitRow | undefined): string {
  if (wait === undefined) return 'sleeps';
  const { detail } = wait;
  if (wait.for === 'answer') return `waits for an answer to "${String(detail.message)}"`;
  const match = detail.match === undefined ? '' : ` for which ${String(detail.match)}`;
  return `waits for an event "${wait.name}"${match}`;
}

function describeNeed(row: StepRow | undefined, plan: Plan, id: string): string {
  if (row === undefined) {
    const needs = plan.blocks.steps.find((step) => step.id === id)?.needs ?? [];
    return needs.length === 0 ? 'pending' : `pending, needs ${needs.join(', ')}`;
  }
  if (row.startedAt === undefined) return row.status;
  return `${row.status} ${Math.round((Date.now() - row.startedAt) / 1000)} s`;
}

function whySettled({ dueAt, rows, waits }: Evidence, step: StepPlan, row: StepRow): string[] {
  switch (row.status) {
    case 'waiting':
      return [row.reason ?? 'waits'];
    case 'success':
      if (row.reusedFrom !== undefined) {
        const { runId, path } = row.reusedFrom;
        return [
          `took the result of step ${path} of run ${runId}, which had the same effect (${step.idempotency === undefined ? 'memoize' : 'idempotencyKey'})`,
        ];
      }
      return [
        row.outcome === 'failed'
          ? `failed, which allowFailure lets count as success: ${row.error?.message ?? ''}`
          : `ran ${row.attempt} attempt${row.attempt === 1 ? '' : 's'}${step.if === undefined ? '' : ` because ${step.if} held`}`,
      ];
    case 'failed':
      return [
        `${row.error?.code ?? 'FAILED'}: ${row.error?.message ?? 'failed'}`,
        ...(row.attempt > 1 ? [`${row.attempt} attempts were made`] : []),
        ...(step.retry !== undefined && row.error?.retryable === false
          ? ['not retried: the failure is not retryable']
          : []),
      ];
    case 'skipped':
    case 'canceled':
      return [row.reason ?? (row.error?.message || row.status)];
    case 'retrying':
    case 'suspended': {
      const due = dueAt.get(row.path);
      const until = due === undefined ? '' : `, until ${new Date(due).toISOString()}`;
      return [
        row.status === 'retrying'
          ? `attempt ${row.attempt} failed (${row.error?.message ?? ''}); waits to try again${until}`
          : `${describeWait(waits.get(row.path))}${until}`,
      ];
    }
    default: {
      const items = [...rows.keys()].filter((path) => path.startsWith(`${row.path}[`)).length;
      return [items > 0 ? `runs; ${items} items have begun` : `attempt ${row.attempt} is running`];
    }
  }
}
