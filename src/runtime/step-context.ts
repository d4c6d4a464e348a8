/** What an attempt may use: the run's ports and recorder, seen from one step. */
import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../kernel/json.ts';
import type { StepContext, StepKind } from '../steps/define.ts';
import type { StepRow } from '../store/port.ts';
import type { AttemptFrame } from './attempt.ts';
import { attemptTimeoutMs } from './attempt-timeout.ts';
import { codeScope } from './code-scope.ts';
import { placeInField } from './located.ts';
import { notesOf } from './notes.ts';
import { attemptIdOf, type RunContext } from './run-context.ts';
import type { EvaluatedEnv } from './scope.ts';
import type { StepRef } from './step-path.ts';

/** How long a process lives before its group is worth a row. */
const PROCESS_ROW_DELAY_MS = 100;

const withoutNulls = (env: EvaluatedEnv): Record<string, string> =>
  Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== null));

/** The section of the configuration that the kind names. */
export const configOf = (run: RunContext, kind: StepKind): unknown =>
  kind.config === undefined ? undefined : run.ports.configOf(kind.config);

/** Made once for each attempt. */
export function stepContext(
  run: RunContext,
  ref: StepRef,
  kind: StepKind,
  { attempt, flight, log, row, env }: AttemptFrame & { row: StepRow; env: EvaluatedEnv },
): StepContext {
  const { path, step } = ref;
  const attemptId = attemptIdOf(run, path, attempt);
  let startId: string | undefined;
  const names = (): Record<string, string> => {
    // An attempt that is made again after a crash keeps its id; what the dead process left of it is told from it by this one.
    startId ??= randomUUID();
    return { KEYSTONE_RUN: run.runId, KEYSTONE_ATTEMPT: attemptId, KEYSTONE_START: startId };
  };
  return {
    runId: run.runId,
    path,
    attempt,
    attemptId,
    signal: flight.controller.signal,
    log,
    clock: run.clock,
    cwd: run.ports.cwd,
    config: configOf(run, kind),
    services: run.ports.services,
    env: withoutNulls(env),
    get processEnv() {
      return withoutNulls({ ...run.ports.processEnv, ...env, ...names() });
    },
    timeoutMs: attemptTimeoutMs(run, ref),
    ...(step.transform === undefined &&
      typeof step.outputSchema === 'object' && { outputSchema: step.outputSchema as JsonObject }),
    codeScope: () => codeScope(run, ref, kind, env),
    placeOf: (field, offset) => placeInField(run, ref, field, offset),
    processStarted: (pid) => {
      flight.processGroup = pid;
      // Not at once: short commands would pay a second commit for it, and the attempt's id in their environment finds
      // orphans wherever environments can be read.
      run.clock.after(PROCESS_ROW_DELAY_MS, () => {
        if (run.flights.get(path) === flight) run.recorder.step({ ...row, processGroup: pid });
      });
    },
    openBlob: () => run.ports.openBlob(),
    notes: notesOf(run, path, attempt),
    leave: async (key, what) => {
      run.recorder.leftover({ key, kind: step.kind, what });
      await run.recorder.durable();
    },
    left: (key) => run.recorder.add('leftoversGone', key),
    tell: (news) => run.recorder.emit({ step: step.id, path, kind: step.kind, attempt, ...news }),
    emit: (event) => run.ports.emit(event, `${attemptIdOf(run, path, attempt)} ${event.event}`),
    runWorkflow: (request) => run.ports.runWorkflow(request, path, flight),
  };
}
