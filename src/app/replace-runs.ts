/** `on_overlap: cancel-previous`: the runs that a new one is to replace are canceled, whoever runs them, or nobody. */
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import type { Engine } from '../runtime/index.ts';
import { type RunRow, SETTLED_RUN } from '../store/port.ts';
import { cancelRun } from './cancel-run.ts';
import { DiagnosticsError } from './diagnostics-error.ts';
import { inputsToCancel } from './inputs-to-cancel.ts';
import type { Project } from './project.ts';

/**
 * A run that nobody runs is canceled here, and may need for its end what is not here.
 * @throws {KeystoneError} RUN_OVERLAPS: then the new run does not begin, and nothing is recorded of it.
 */
export async function refuseIrreplaceable(
  project: Project,
  engine: Engine,
  workflow: string,
  by: string,
): Promise<void> {
  const { store } = engine;
  const open = await store.runs({ workflow, status: ['running', 'suspended', 'paused'] });
  for (const run of open) {
    if (run.runId === by || run.parentRunId !== undefined || (await isRun(engine, run))) continue;
    const image = await store.image(run.runId);
    if (image === undefined || SETTLED_RUN.has(image.run.status)) continue;
    try {
      await inputsToCancel(project, store, image, {});
    } catch (error) {
      const why = obstacle(error);
      if (why === undefined) throw error;
      throw new KeystoneError(
        'RUN_OVERLAPS',
        `run ${run.runId} of ${workflow} has not ended (${run.status}) and cannot be canceled here (on_overlap: cancel-previous): ${why}`,
        { exitCode: EXIT.refused, hint: `cancel it by hand: ${byHand(run.runId, error)}` },
      );
    }
  }
}

/** Of each engine, by both runs: what is being told at this moment, and what the process of the other run was told. */
const tellings = new WeakMap<Engine, Map<string, 'telling' | 'told'>>();

function tellingsOf(engine: Engine): Map<string, 'telling' | 'told'> {
  const known = tellings.get(engine) ?? new Map<string, 'telling' | 'told'>();
  tellings.set(engine, known);
  return known;
}

/**
 * In the background: the run waits for their ends anyway. Should one turn out not to be cancelable here after all, the run that waits
 * for its place fails, since it would wait for ever.
 */
export function cancelPrevious(project: Project, engine: Engine, by: string, runId: string): void {
  const all = tellingsOf(engine);
  const key = `${by} ${runId}`;
  if (all.get(key) === 'telling') return;
  all.set(key, 'telling');
  const reason = `run ${by} of the same workflow takes its place`;
  cancelRun(project, runId, {}, { reason, automatic: true }).then(
    () => all.set(key, 'told'),
    (error: unknown) => {
      all.delete(key);
      giveUp(engine, by, runId, error);
    },
  );
}

/**
 * Of a run that waits for its turn: those that this process has not told, as after a death, and those whose own process died before it
 * had heard it.
 */
export async function tellAgain(
  project: Project,
  engine: Engine,
  by: string,
  others: readonly string[],
): Promise<void> {
  for (const runId of others) {
    const run = await engine.store.run(runId);
    if (run === undefined || SETTLED_RUN.has(run.status)) continue;
    const isTold = tellingsOf(engine).get(`${by} ${runId}`) === 'told';
    if (!isTold || !(await isRun(engine, run))) cancelPrevious(project, engine, by, runId);
  }
}

const isRun = async ({ runs, store, clock }: Engine, run: RunRow & { owner?: string }): Promise<boolean> =>
  runs.some((host) => host.run.runId === run.runId) || (await store.isOwned(run, clock.now()));

function giveUp(engine: Engine, by: string, runId: string, error: unknown): void {
  const host = engine.runs.find(({ run }) => run.runId === by);
  const why = obstacle(error);
  // Another process has just taken it over, or the store is in trouble: it is told again at the next look.
  if (why === undefined) {
    const text = error instanceof Error ? error.message : String(error);
    host?.run.recorder.emit({ type: 'log', text: `run ${runId} cannot be canceled now: ${text}` });
    return;
  }
  const message = `run ${runId}, whose place it was to take, cannot be canceled here: ${why}; cancel it by hand: ${byHand(runId, error)}`;
  host?.send({ type: 'turn.refused', message });
}

/** Why nobody but a person can cancel it; undefined: it may be otherwise the next time. */
function obstacle(error: unknown): string | undefined {
  if (error instanceof DiagnosticsError) return error.diagnostics.map(({ message }) => message).join('; ');
  const isForGood =
    error instanceof KeystoneError &&
    ['INPUTS', 'EXPRESSION', 'PLAN_FORMAT', 'STATECHART'].includes(error.code);
  return isForGood ? error.message : undefined;
}

function byHand(runId: string, error: unknown): string {
  const given = /-i \S+=…/g.exec(error instanceof KeystoneError ? (error.hint ?? '') : '');
  return ['keystone cancel', runId, ...(given ?? [])].join(' ');
}
