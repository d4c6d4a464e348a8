/** What expressions see: built once per run and block, cheap per step. Everything is own properties, read only. */

import { createHash } from 'node:crypto';
import type { EvaluateOptions, Scope } from '#compiler';
import type { Json, JsonObject } from '../kernel/json.ts';
import type { LedgerEntry } from './ledger.ts';
import type { RunContext } from './run-context.ts';
import { type StepRef, stepPath } from './step-path.ts';

const PENDING = Object.freeze({ status: 'pending', output: null, outputs: null, attempts: 0 });

/** `steps.<id>` of the language page. */
function viewOf(run: RunContext, path: string, entry: LedgerEntry): Readonly<Record<string, unknown>> {
  const view = Object.assign(Object.create(null), entry.raw, {
    output: entry.output,
    outputs: entry.output,
    status: entry.status,
    outcome: entry.outcome,
    error: entry.error ?? null,
    exitCode: exitCodeOf(entry),
    attempts: entry.attempts,
    startedAt: entry.startedAt ?? null,
    durationMs: entry.startedAt === undefined ? 0 : entry.finishedAt - entry.startedAt,
    skipReason: entry.reason ?? null,
  });
  const { step } = run.index.at(path);
  if (step.foreach !== undefined || step.matrix !== undefined) {
    Object.defineProperty(view, 'items', {
      enumerable: true,
      get: () => (entry.attempts === 0 ? [] : itemViews(run, path)),
    });
  }
  return view;
}

function itemViews(run: RunContext, path: string): unknown[] {
  const { length } = run.itemsOf(path);
  const views: unknown[] = [];
  let canceled: unknown;
  for (let index = 0; index < length; index++) {
    const entry = run.ledger.get(`${path}[${index}]`);
    if (entry === undefined) canceled ??= viewOfNotBegun(run, path, length);
    views.push(entry === undefined ? canceled : viewOf(run, path.concat(`[${index}]`), entry));
  }
  return views;
}

/** Items that never begin are canceled with those that were running; they have no entries, as there may be very many. */
function viewOfNotBegun(run: RunContext, path: string, length: number): unknown {
  const whole = run.ledger.get(path);
  if (whole?.status !== 'failed' && whole?.status !== 'canceled') return PENDING;
  const skipReason = whole.reason ?? failFastReason(run, path, length);
  return Object.freeze({ ...PENDING, status: 'canceled', outcome: 'canceled', error: null, skipReason });
}

function failFastReason(run: RunContext, path: string, length: number): string | null {
  for (let index = 0; index < length; index++) {
    const entry = run.ledger.get(`${path}[${index}]`);
    if (entry?.status === 'canceled' && entry.reason !== undefined) return entry.reason;
  }
  for (let index = 0; index < length; index++)
    if (run.ledger.get(`${path}[${index}]`)?.status === 'failed')
      return `${path}[${index}] failed (failFast)`;
  return null;
}

/** Of a step that ran a command, whatever became of it; null for others. */
export const exitCodeOf = (entry: LedgerEntry | undefined): Json =>
  entry?.raw?.exitCode ?? entry?.error?.details?.['exitCode' as never] ?? null;

/** The `steps` object of a block: main steps, and in errors and finally the block's own. One getter per step, made once. */
export function createStepsScope(run: RunContext, block: 'steps' | 'errors' | 'finally'): object {
  const steps: object = Object.create(null);
  const views = new Map<string, { entry: LedgerEntry; view: unknown }>();
  const define = (id: string, path: string): void => {
    Object.defineProperty(steps, id, {
      enumerable: true,
      configurable: true,
      get() {
        const entry = run.ledger.get(path);
        if (entry === undefined) return PENDING;
        const cached = views.get(path);
        if (cached?.entry === entry) return cached.view;
        const view = viewOf(run, path, entry);
        views.set(path, { entry, view });
        return view;
      },
    });
  };
  for (const step of run.plan.blocks.steps) define(step.id, step.id);
  if (block !== 'steps') for (const step of run.plan.blocks[block]) define(step.id, stepPath(block, step.id));
  return steps;
}

/** Scope of a step's expressions, with `extra` names such as `output` in a transform. */
export function scopeOf(run: RunContext, ref: StepRef | undefined, extra?: Record<string, unknown>): Scope {
  const block = ref === undefined || ref.block === 'compensate' ? 'steps' : ref.block;
  const scope: Record<string, unknown> = {
    inputs: run.inputs,
    secrets: run.secrets,
    steps: run.stepsScope(block),
    env: run.env,
    run: run.facts,
    workflow: run.workflowFacts,
    last_failed_step: run.lastFailedStep,
    sent_back: run.sentBack,
    ...(run.inputs.args !== undefined && { args: run.inputs.args }),
    ...extra,
  };
  if (ref?.item !== undefined) {
    scope.item =
      run.itemsOf(ref.undoes === undefined ? ref.whole : run.index.at(ref.undoes).whole).at(ref.item) ?? null;
    scope.index = ref.item;
  }
  return scope;
}

/**
 * Deterministic `now` and `uuid`: a redone attempt sees the same values as the first time, because the time is the
 * recorded start of the attempt and the ids come from the run's recorded seed.
 */
export function evaluateOptions(run: RunContext, ref: StepRef | undefined, at: number): EvaluateOptions {
  let count = 0;
  return {
    hooks: {
      now: () => at,
      uuid: () => {
        const hex = createHash('sha256')
          .update(`${run.seed}\n${ref?.path ?? ''}\n${count++}`)
          .digest('hex');
        const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
        return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
      },
    },
    ...(ref !== undefined && { needs: needsOf(run, ref) }),
    runCanceled: run.ledger.mode('steps').mode === 'canceled',
  };
}

function needsOf(run: RunContext, ref: StepRef): { id: string; status: string; outcome?: string }[] {
  const block = ref.block === 'compensate' ? 'steps' : ref.block;
  return ref.step.needs.map((id) => {
    const entry = run.ledger.get(stepPath(block, id));
    return entry === undefined
      ? { id, status: 'pending' }
      : { id, status: entry.status, outcome: entry.outcome };
  });
}

/** Variables, evaluated; null takes one away from child processes. */
export type EvaluatedEnv = Readonly<Record<string, string | null>>;

/** `env` values are text: strings as they are, the rest as JSON. */
export const toEnvText = (value: Json): string | null =>
  typeof value === 'string' || value === null ? value : JSON.stringify(value);

export type ScopeFacts = Readonly<JsonObject>;
