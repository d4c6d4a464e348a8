/** Questions of a run that this process runs, its sub-workflows' included: as a face that sits beside the run asks them. */
import { StepFailure } from '../kernel/failure.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import { maskPlaceholders, type Redactor } from '../kernel/redact.ts';
import { deliverAnswer, type Engine, type RunHost } from '../runtime/index.ts';
import type { AnswerSuspension } from '../steps/define.ts';
import { type Question, shownAs } from './answer-run.ts';

/** Oldest first. */
export function openQuestions(engine: Engine, runId: string, redactor: Redactor): Question[] {
  return hostsOf(engine, runId)
    .flatMap(({ run }) => [...run.waits.values()].flatMap((wait) => asked(run, wait, redactor) ?? []))
    .sort((a, b) => a.since - b.since);
}

type Waiting = NonNullable<ReturnType<RunHost['run']['waits']['get']>>;

function asked(
  { runId, keys }: RunHost['run'],
  { path, on, since }: Waiting,
  redactor: Redactor,
): Question | undefined {
  if (on.for !== 'answer') return undefined;
  const sealed = keys.sealer.json(on as unknown as JsonObject) as unknown as AnswerSuspension;
  const asks = shownAs({ ...sealed, message: redactor.text(sealed.message) });
  return { runId, path, since, ...(on.dueAt !== undefined && { dueAt: on.dueAt }), asks };
}

/** @throws {StepFailure} NOT_WAITING, ANSWER_INVALID */
export function answerHere(
  engine: Engine,
  runId: string,
  to: { runId: string; path: string },
  value: Json,
): void {
  const host = hostsOf(engine, runId).find(({ run }) => run.runId === to.runId);
  if (host === undefined) throw new StepFailure('NOT_WAITING', `run ${to.runId} is not run here`);
  try {
    deliverAnswer(host.run, to.path, value);
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    throw new StepFailure(error.code, maskPlaceholders(host.run.keys.sealer.json(error.message)));
  }
}

/** The run and its sub-workflows. */
export const hostsOf = (engine: Engine, runId: string): RunHost[] =>
  engine.runs.filter(({ run }) => run.runId === runId || run.rootRunId === runId);
