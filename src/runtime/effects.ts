/**
 * The names of a step's effect, and what the store is told of it: the claim again with the attempt's intent, the result in
 * the commit of the step's end, and whose end the step waits for.
 */
import { createHash } from 'node:crypto';
import { canonical, evaluateExpression } from '#compiler';
import { StepFailure } from '../kernel/failure.ts';
import type { DedupRow } from '../store/port.ts';
import { resolveFields, stepEnv } from './attempt.ts';
import { codeScope } from './code-scope.ts';
import { dedupes, type Effect } from './keys.ts';
import type { Draft, RunContext } from './run-context.ts';
import { evaluateOptions, scopeOf } from './scope.ts';
import type { StepRef } from './step-path.ts';

const MAX_LABEL = 200;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * The names of a step's effect. `now()` in them is the start of the run, so that they are the same after a crash.
 * @throws {StepFailure} IDEMPOTENCY_KEY, FIELD_INVALID, INPUT_SCHEMA @throws {ExpressionError}
 */
export async function namesOf(run: RunContext, ref: StepRef): Promise<Effect> {
  const { step } = ref;
  const kind = run.kinds.get(step.kind);
  if (kind === undefined) throw new StepFailure('UNKNOWN_KIND', `there is no kind "${step.kind}"`);
  const key = keyOf(run, ref);
  const env = stepEnv(run, ref, run.startedAt);
  const fields = await resolveFields(run, ref, kind, run.startedAt, env);
  const inputs = [step.kind, fields, ...(kind.code === undefined ? [] : [codeScope(run, ref, kind, env)])];
  return {
    fingerprint: sha256(canonical(inputs)),
    ...(key && { key }),
    ...(step.memoize && {
      memo: { scope: 'memo', hash: sha256(canonical([...inputs, env, run.ports.cwd])) },
    }),
  };
}

function keyOf(run: RunContext, ref: StepRef): Effect['key'] {
  const { idempotency } = ref.step;
  if (idempotency === undefined) return undefined;
  const scope = { ...scopeOf(run, ref), env: stepEnv(run, ref, run.startedAt) };
  const value = evaluateExpression(idempotency.key, scope, evaluateOptions(run, ref, run.startedAt));
  if ((typeof value !== 'string' && typeof value !== 'number') || value === '') {
    const given = JSON.stringify(value);
    throw new StepFailure(
      'IDEMPOTENCY_KEY',
      `"idempotencyKey" gave ${given.length > 60 ? `${given.slice(0, 57)}…` : given}; it must give a text that is not empty, or a number`,
    );
  }
  const text = String(value);
  return {
    scope: idempotency.scope === 'global' ? 'global' : `run:${run.rootRunId}`,
    hash: sha256(text),
    label: text.length > MAX_LABEL ? `${text.slice(0, MAX_LABEL)}…` : text,
  };
}

/** The same, known already but for steps that were past it when a process died. */
export async function effectOf(run: RunContext, ref: StepRef): Promise<Effect> {
  const known = run.keys.effects.get(ref.path);
  if (known?.fingerprint !== undefined) return known;
  const effect = await namesOf(run, ref);
  run.keys.effects.set(ref.path, effect);
  return effect;
}

const factsOf = (run: RunContext, { step, path }: StepRef, since: number) => ({
  workflow: run.plan.name,
  kind: step.kind,
  runId: run.runId,
  path,
  since,
});

/** The row of a claim; undefined for a step without a key of its own. */
export function inFlight(run: RunContext, ref: StepRef, { key, fingerprint }: Effect): DedupRow | undefined {
  if (key === undefined || fingerprint === undefined) return undefined;
  return { ...key, ...factsOf(run, ref, run.clock.now()), fingerprint, status: 'in-flight' };
}

/** With the attempt's own row, before the effect. */
export function recordIntent(run: RunContext, ref: StepRef, effect: Effect): void {
  const row = inFlight(run, ref, effect);
  if (row !== undefined) run.recorder.effect(row);
}

/** With the step's end. @param draft of a step that succeeded; others give their key back. */
export function settleEffect(run: RunContext, path: string, draft: Draft | undefined): void {
  const effect = run.keys.effects.get(path);
  if (effect === undefined) return;
  run.keys.effects.delete(path);
  const ref = run.index.at(path);
  const { step } = ref;
  const finishedAt = run.clock.now();
  const result = draft && {
    status: 'done' as const,
    finishedAt,
    output: draft.given ?? draft.output,
    ...(draft.raw && { raw: draft.raw }),
  };
  const row = inFlight(run, ref, effect);
  if (row !== undefined && result !== undefined) {
    const ttlMs = step.idempotency?.ttlMs;
    run.recorder.effect({ ...row, ...result, ...(ttlMs !== undefined && { expiresAt: finishedAt + ttlMs }) });
  } else if (effect.key !== undefined) {
    const { scope, hash } = effect.key;
    run.recorder.add('dedupGone', { scope, hash, path, at: finishedAt });
  }
  if (effect.memo && step.memoize && result !== undefined && draft?.reusedFrom === undefined)
    run.recorder.effect({
      ...factsOf(run, ref, finishedAt),
      ...effect.memo,
      fingerprint: effect.memo.hash,
      ...result,
      label: step.kind,
      expiresAt: finishedAt + step.memoize.ttlMs,
    });
  if (effect.key !== undefined) run.ports.lookForEvents();
}

/** A step that is given up on the way, because the run goes back. */
export function releaseKey(run: RunContext, path: string): void {
  if (run.keys.waits.has(path)) keyAwaited(run, path);
  settleEffect(run, path, undefined);
}

export function awaitKey(run: RunContext, path: string, attempt: number): void {
  const wait = run.keys.waits.get(path);
  if (wait === undefined) return;
  const { step } = run.index.at(path);
  const { runId = '', path: at = '' } = wait.holder ?? {};
  const message = `waits for step ${at} of run ${runId}, which is having the effect with the same key`;
  run.recorder.wait({
    path,
    for: 'key',
    name: `${wait.key.scope} ${wait.key.hash}`,
    since: run.clock.now(),
    detail: { message, runId, path: at },
  });
  run.recorder.step({
    path,
    epoch: run.ledger.epochOf(path),
    attempt: attempt - 1,
    kind: step.kind,
    status: 'waiting',
    reason: message,
  });
  run.recorder.emit({ type: 'step.suspended', step: step.id, path, kind: step.kind, text: message });
}

export function keyAwaited(run: RunContext, path: string): void {
  if (run.keys.waits.delete(path)) run.recorder.waitGone(path);
}

/** After a restore: the key the step holds, or the one it waits for, which the next look tells more of. */
export function restoreKey(run: RunContext, path: string, awaits: boolean): void {
  const ref = run.index.at(path);
  if (!dedupes(run, ref) || run.keys.effects.has(path)) return;
  let key: Effect['key'];
  try {
    key = keyOf(run, ref);
  } catch {
    return; // it could not be claimed either
  }
  if (key === undefined) return;
  if (awaits) {
    run.keys.waits.set(path, { path, key, who: 'live' });
    run.ports.lookForEvents();
  } else run.keys.effects.set(path, { key });
}
