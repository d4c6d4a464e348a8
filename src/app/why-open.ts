/** Sentences about a step that has not settled: what it waits for, from the state its machine is in. */
import type { StepPlan } from '#compiler';
import { stepPath } from '../runtime/index.ts';
import type { WaitRow } from '../store/port.ts';
import { type Evidence, type Subject, statusOf } from './why.ts';
import { countItems, wholeOf, whyNotItsTurn } from './why-items.ts';

export function whyOpen(evidence: Evidence, subject: Subject): string[] {
  const { path, step } = subject;
  const { rows, states, dueAt } = evidence;
  const row = rows.get(path);
  const state = states.get(path);
  const due = dueAt.get(path);
  const until = due === undefined ? '' : `, until ${new Date(due).toISOString()}`;
  switch (state) {
    case undefined:
      return whyPending(evidence, subject);
    case 'queued':
      return [queued(evidence, subject)];
    case 'held':
      return ['the run is paused; it begins when the run goes on'];
    case 'following':
      return ['the run went back; it begins again when the command it had begun has ended'];
    case 'deduping.claiming':
    case 'deduping.awaiting':
      return [row?.reason ?? 'waits until the step that has the same idempotencyKey has ended'];
    case 'backingOff':
      return [
        `attempt ${row?.attempt ?? 1} failed (${row?.error?.message ?? ''}); waits to try again${until}`,
      ];
    case 'suspended':
      return [`${describeWait(evidence.waits.get(path))}${until}`];
    case 'holding':
      return ['waits until what runs in other branches has ended, before it undoes everything'];
    case 'unwinding':
      return [`undoes ${String(step.fields.scope ?? 'workflow')}`];
    case 'gathering':
      return ['keeps a copy of the file whose lines are its items'];
    case 'fanningOut':
      return [fanningOut(evidence, path)];
    default:
      return [running(evidence, subject, state)];
  }
}

function running({ rows, now }: Evidence, { path, step }: Subject, state: string): string {
  const row = rows.get(path);
  const since = row?.startedAt === undefined ? '' : ` for ${seconds(now - row.startedAt)}`;
  const limit = typeof step.timeoutMs === 'number' ? ` of at most ${seconds(step.timeoutMs)}` : '';
  const ending = state === 'running.executing' ? '' : ', and is being ended';
  return `attempt ${row?.attempt ?? 1} is running${since}${limit}${ending}`;
}

function queued({ states, plan }: Evidence, { path, step }: Subject): string {
  const pool = step.pool ?? step.kind;
  const others = [...states].filter(
    ([each, state]) => each !== path && state === 'queued' && poolOf(plan.blocks, each) === pool,
  ).length;
  const crowd = others === 0 ? '' : `, with ${others} other${others === 1 ? '' : 's'} of this run`;
  return `waits for a slot (pool ${pool}, and the concurrency of run and process)${crowd}`;
}

function poolOf(blocks: Evidence['plan']['blocks'], path: string): string | undefined {
  const bare = path.replace(/\[\d+\]$/, '');
  for (const block of ['steps', 'errors', 'finally'] as const) {
    const step = blocks[block].find(({ id }) => stepPath(block, id) === bare);
    if (step !== undefined) return step.pool ?? step.kind;
  }
  return undefined;
}

function fanningOut(evidence: Evidence, path: string): string {
  const { total, ended, open } = countItems(evidence, path);
  const now = open.slice(0, 3).map((each) => `${each} (${describe(evidence, each)})`);
  const more = open.length > 3 ? ` and ${open.length - 3} more` : '';
  const left = total - ended - open.length;
  return [
    `${ended} of ${total} items have ended`,
    ...(open.length > 0 ? [`open: ${now.join(', ')}${more}`] : []),
    ...(left > 0 ? [`${left} ${left === 1 ? 'waits for its' : 'wait for their'} turn`] : []),
  ].join('; ');
}

function whyPending(evidence: Evidence, subject: Subject): string[] {
  const { step, block } = subject;
  const { rows, states, runStatus } = evidence;
  const whole = wholeOf(subject.path);
  if (whole !== undefined) {
    if (states.get(whole) === 'fanningOut') return [whyNotItsTurn(evidence, subject, whole)];
    const [why = '', ...more] = whyOpen(evidence, { ...subject, path: whole });
    return [`${whole} has not begun: ${why}`, ...more];
  }
  if (runStatus === 'success' || runStatus === 'failed' || runStatus === 'canceled')
    return [`its turn never came; the run is ${runStatus}`];
  const pathOf = (id: string): string => stepPath(block, id);
  const open = step.needs.filter((id) => rows.get(pathOf(id))?.finishedAt === undefined);
  if (block !== 'steps' && !blockHasBegun(evidence, block))
    return [`the ${block} block has not begun; the run is ${runStatus}`];
  if (open.length === 0)
    return [
      step.needs.length === 0
        ? `its turn has not come; the run is ${runStatus}`
        : 'all its needs have settled',
    ];
  const each = open.slice(0, 8).map((id) => `${id} (${describe(evidence, pathOf(id))})`);
  const more = open.length > 8 ? ` and ${open.length - 8} more` : '';
  return [`waits for ${demand(step, open.length)}: ${each.join(', ')}${more}`];
}

/** How many of its needs a step still waits for; a join may be content with fewer than all. */
function demand({ needs, join }: StepPlan, open: number): string {
  const { condition } = join ?? {};
  switch (condition?.type) {
    case 'any':
      return `any of ${needs.length} needs`;
    case 'count':
      return `${condition.count} of ${needs.length} needs, ${open} of which are open`;
    case 'percent':
      return `${condition.percent} % of ${needs.length} needs, ${open} of which are open`;
    default:
      return `${open} of ${needs.length} needs`;
  }
}

const blockHasBegun = ({ plan, rows, states }: Evidence, block: 'errors' | 'finally'): boolean =>
  plan.blocks[block].some(({ id }) => rows.has(stepPath(block, id)) || states.has(stepPath(block, id)));

/** A step in two or three words, in brackets after its name. */
function describe(evidence: Evidence, path: string): string {
  const { rows, states, now, plan } = evidence;
  const status = statusOf(evidence, path);
  const row = rows.get(path);
  if (status === 'queued') return `queued in pool ${poolOf(plan.blocks, path) ?? 'process'}`;
  if (states.get(path) === 'suspended') return describeWait(evidence.waits.get(path));
  if (row?.startedAt !== undefined) return `${status} ${seconds(now - row.startedAt)}`;
  return status;
}

function describeWait(wait: WaitRow | undefined): string {
  if (wait === undefined) return 'sleeps';
  const { detail } = wait;
  if (wait.for === 'answer') return `waits for an answer to "${String(detail.message)}"`;
  const match = detail.match === undefined ? '' : ` for which ${String(detail.match)}`;
  return `waits for an event "${wait.name}"${match}`;
}

const seconds = (ms: number): string => `${Math.max(0, Math.round(ms / 1000))} s`;
