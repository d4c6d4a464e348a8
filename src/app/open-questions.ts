/** Questions of a run that this process runs, its sub-workflows' included: as a face that sits beside the run asks them. */
import { StepFailure } from '../kernel/failure.ts';
import type { Json } from '../kernel/json.ts';
import type { Redactor } from '../kernel/redact.ts';
import { deliverAnswer, type Engine, type RunHost } from '../runtime/index.ts';
import type { Question } from './answer-run.ts';

/** Oldest first. */
export function openQuestions(engine: Engine, runId: string, redactor: Redactor): Question[] {
  return hostsOf(engine, runId)
    .flatMap(({ run }) =>
      [...run.waits.values()].flatMap(({ path, on, since }): Question[] =>
        on.for !== 'answer'
          ? []
          : [
              {
                runId: run.runId,
                path,
                since,
                ...(on.dueAt !== undefined && { dueAt: on.dueAt }),
                asks: { ...on, message: redactor.text(on.message) },
              },
            ],
      ),
    )
    .sort((a, b) => a.since - b.since);
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
  deliverAnswer(host.run, to.path, value);
}

/** The run and its sub-workflows. */
export const hostsOf = (engine: Engine, runId: string): RunHost[] =>
  engine.runs.filter(({ run }) => run.runId === runId || run.rootRunId === runId);
