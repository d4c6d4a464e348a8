/**
 * Effects that are had once: before a step asks for a slot it claims the key of its effect, or finds the result that is
 * there.
 */
import type { AttemptInput, DedupVerdict } from '#machines';
import { StepFailure } from '../kernel/failure.ts';
import type { Json } from '../kernel/json.ts';
import { holdsSecret } from '../kernel/redact.ts';
import type { DedupRow, KeyClaim } from '../store/port.ts';
import { inFlight, namesOf } from './effects.ts';
import { toFailure } from './gate.ts';
import type { Effect } from './keys.ts';
import type { RunContext } from './run-context.ts';
import type { StepRef } from './step-path.ts';

/** @param look `over` when nobody wants to know any more: then nothing is claimed. */
export async function dedupe(
  run: RunContext,
  { path, attempt }: AttemptInput,
  look: { over: boolean },
): Promise<DedupVerdict> {
  const ref = run.index.at(path);
  try {
    // Others learn from the run's row whether the claim still stands, so the row comes first.
    await run.recorder.durable();
    const effect = await namesOf(run, ref);
    if (look.over) return { found: 'trouble' };
    run.keys.effects.set(path, effect);
    return (await claim(run, ref, effect, attempt)) ?? (await recall(run, ref, effect, attempt));
  } catch (error) {
    const failure = { ...toFailure(error), stepId: ref.step.id };
    if (!look.over) run.drafts.set(path, { output: null, error: failure, attempt: attempt - 1 });
    return { found: 'trouble' };
  }
}

/** @returns undefined when the key is this step's, or there is none. */
async function claim(
  run: RunContext,
  ref: StepRef,
  effect: Effect,
  attempt: number,
): Promise<DedupVerdict | undefined> {
  const row = inFlight(run, ref, effect);
  if (row === undefined) return undefined;
  const sealed = { ...row, label: run.keys.sealer.json(row.label) };
  const claimed = await run.ports.dedup.claim(sealed, run.clock.now());
  switch (claimed.outcome) {
    case 'claimed':
      return undefined;
    case 'done':
      forgetKey(run, ref.path);
      return reuse(run, ref, claimed.row, attempt);
    case 'collision':
      forgetKey(run, ref.path);
      throw collision(row.label, claimed.holder);
    case 'in-flight': {
      forgetKey(run, ref.path);
      const { holder, who } = claimed;
      if (ref.step.idempotency?.inFlight !== 'wait' || who === 'ancestor') throw busy(row.label, claimed);
      run.keys.waits.set(ref.path, {
        path: ref.path,
        key: { scope: row.scope, hash: row.hash },
        who,
        holder: { runId: holder.runId, path: holder.path },
      });
      return { found: 'in-flight' };
    }
    default:
      return claimed satisfies never;
  }
}

async function recall(
  run: RunContext,
  ref: StepRef,
  { memo }: Effect,
  attempt: number,
): Promise<DedupVerdict> {
  const row = memo && (await run.ports.dedup.finished(memo, run.clock.now(), run.runId));
  return row === undefined ? { found: 'nothing' } : reuse(run, ref, row, attempt);
}

/** The result becomes the step's own, before `transform` and `outputSchema`. */
function reuse(run: RunContext, ref: StepRef, row: DedupRow, attempt: number): DedupVerdict {
  const { output = null, raw, runId, path } = row;
  if (row.workflow !== run.plan.name && holdsSecret([output as Json, raw ?? null])) {
    throw new StepFailure(
      'IDEMPOTENCY_SECRET',
      `the result that step ${path} of run ${runId} has for this key holds a secret of workflow ${row.workflow}, which is not stored`,
      { details: { hint: 'keep secrets out of the output of a step whose result other workflows take' } },
    );
  }
  run.drafts.set(ref.path, {
    output: run.keys.sealer.open(output as Json),
    attempt: attempt - 1,
    startedAt: run.clock.now(),
    reusedFrom: { runId, path },
    ...(raw && { raw: run.keys.sealer.open(raw) }),
  });
  return { found: 'result' };
}

/** Not this step's, so that its end changes nothing of it. */
function forgetKey(run: RunContext, path: string): void {
  const effect = run.keys.effects.get(path);
  if (effect !== undefined) delete effect.key;
}

const holding = ({ runId, path }: DedupRow): string => `step ${path} of run ${runId}`;
const facts = ({ runId, path, workflow }: DedupRow) => ({ runId, path, workflow });

function collision(label: string, holder: DedupRow): StepFailure {
  return new StepFailure(
    'IDEMPOTENCY_COLLISION',
    `the key "${label}" is that of another effect: ${holding(holder)} has it for other inputs`,
    {
      details: {
        holder: facts(holder),
        hint: 'make all that tells the effects apart part of the key, and keep what changes by itself (now(), uuid(), run.id) out of the fields',
      },
    },
  );
}

function busy(label: string, { holder, who }: Extract<KeyClaim, { outcome: 'in-flight' }>): StepFailure {
  const { runId } = holder;
  const hint =
    who === 'dormant'
      ? `nobody runs it now: keystone resume ${runId} goes on with it, keystone cancel ${runId} gives it up`
      : who === 'ancestor'
        ? 'that step is the one that runs this workflow; give them different keys'
        : '"idempotencyInFlight: wait" waits for its end';
  return new StepFailure(
    'IDEMPOTENCY_IN_FLIGHT',
    `the effect with the key "${label}" is being had by ${holding(holder)}`,
    { retryable: who !== 'ancestor', details: { holder: facts(holder), hint } },
  );
}
