/** `breakpoint: true` under `run --debug`: the run pauses before the step, once for each time the step begins. */
import type { RunContext } from './run-context.ts';
import type { StepRef } from './step-path.ts';

/** Asked when the step could begin. @returns whether it is to be held; the pause follows in the same turn and commit. */
export function stopsHere(run: RunContext, ref: StepRef): boolean {
  const { path, step } = ref;
  if (!run.debug || step.breakpoint !== true || ref.block !== 'steps' || ref.item !== undefined) return false;
  const key = keyOf(run, path);
  if (run.passed.has(key)) return false;
  run.passed.add(key);
  run.pin('passed', [...run.passed]);
  run.recorder.emit({
    type: 'log',
    step: step.id,
    path,
    text: 'a breakpoint: the run pauses before this step',
  });
  // The step's own machine is in the middle of its gate.
  queueMicrotask(() => run.ports.pause());
  return true;
}

/** Steps that a breakpoint holds now. */
export function heldAtBreakpoints(run: RunContext): string[] {
  return [...run.active]
    .filter(
      ([path, actor]) =>
        run.index.at(path).step.breakpoint === true &&
        run.passed.has(keyOf(run, path)) &&
        actor.getSnapshot().value === 'held',
    )
    .map(([path]) => path);
}

const keyOf = (run: RunContext, path: string): string => `${path} ${run.ledger.epochOf(path)}`;
