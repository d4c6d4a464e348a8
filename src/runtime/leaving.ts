/**
 * Attempts that were going on when the run went back: told to end, and gone when their commands have. Until then they keep their
 * slots, and the next turns of their steps wait, also in the process that goes on after a death.
 */
import type { Json } from '../kernel/json.ts';
import { tell } from './actor-path.ts';
import { attemptIdOf, endFlight, type Flight, type RunContext } from './run-context.ts';
import { giveSlotBack } from './step-slots.ts';

/** As it is pinned, by path. */
type Leaving = {
  attemptId: string;
  epoch: number;
  attempt: number;
  startedAt: number;
  processGroup?: number;
};

/** Before the step begins anew: its epoch is still the one it leaves. */
export function letLeave(run: RunContext, path: string, flight: Flight): void {
  const { attempt, startedAt, processGroup } = flight;
  endFlight(flight, 'cancel');
  run.flights.delete(path);
  const epoch = run.ledger.epochOf(path);
  const attemptId = attemptIdOf(run, path, attempt);
  const group = processGroup === undefined ? {} : { processGroup };
  until(run, path, { attemptId, epoch, attempt, startedAt, ...group }, flight.ended);
}

/** After a death: what its process left of them is ended first. */
export function restoreLeaving(run: RunContext, pinned: Json): void {
  if (pinned === null || typeof pinned !== 'object' || Array.isArray(pinned)) return;
  for (const [path, value] of Object.entries(pinned)) {
    const left = value as unknown as Leaving;
    const ended = run.ports.endOrphans(left.attemptId, left.processGroup, left.startedAt);
    until(
      run,
      path,
      left,
      ended.catch(() => {}),
    );
  }
}

function until(run: RunContext, path: string, left: Leaving, ended: Promise<unknown>): void {
  const gone = ended.then(() => {
    run.leaving.delete(path);
    run.leftBehind.delete(path);
    pin(run);
    recordEnd(run, path, left);
    giveSlotBack(run, path);
    for (const each of new Set([path, run.index.at(path).whole])) {
      const actor = run.active.get(each);
      if (actor?.getSnapshot().status === 'active') tell(actor, { type: 'former.ended' });
    }
  });
  run.leaving.set(path, gone);
  run.leftBehind.set(path, { ...left });
  pin(run);
}

const pin = (run: RunContext): void => run.pin('leaving', Object.fromEntries(run.leftBehind));

/** In the history of the step it is one that was canceled. */
function recordEnd(run: RunContext, path: string, { epoch, attempt, startedAt }: Leaving): void {
  run.recorder.step({
    path,
    epoch,
    attempt,
    kind: run.index.at(path).step.kind,
    status: 'canceled',
    outcome: 'canceled',
    reason: 'the run went back',
    startedAt,
    finishedAt: run.clock.now(),
  });
}

/** Something of the step's former turn, or of one of its items', has not ended yet. */
export const isLeaving = (run: RunContext, path: string): boolean =>
  run.leaving.has(path) || [...run.leaving.keys()].some((each) => each.startsWith(`${path}[`));
