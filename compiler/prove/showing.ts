/** The run of a finding, checked by driving the emitted statechart of its region along it. */
import type { Model } from './model.ts';
import type { PlanRun } from './play.ts';
import type { Finding } from './proof.ts';
import { traceOf } from './search.ts';
import { type SliceEvent, sliceOf } from './slice.ts';

/** Steps of one trace that is followed. */
const MAX_DRIVEN = 250;

export function showing(model: Model, run: PlanRun, outcome: string): Pick<Finding, 'trace' | 'confirmed'> {
  const trace = traceOf(run, outcome);
  return isConfirmed(model, run) ? { trace, confirmed: true } : { trace };
}

/** The statechart comes to the same ends by the same events. */
function isConfirmed(model: Model, run: PlanRun): boolean {
  const { explorer, plan, graphs, budget } = model;
  const { cone, script, steps } = run;
  const isMain = run.errors === undefined && run.finally === undefined;
  // Beyond the bounds, the trace still comes from the rules, but the statechart was not asked.
  if (explorer === undefined || !isMain || cone.length === 0) return false;
  if (cone.length > Math.min(MAX_DRIVEN, budget.follows)) return false;
  budget.follows -= cone.length;
  const slice = sliceOf(plan, graphs.steps, cone, script.world);
  if (slice === undefined) return false;
  const state = explorer.follow(slice, eventsOf(model, run));
  return [...steps.ends].every(([id, end]) => state?.ends[id] === end);
}

/** Ends that work comes to; what gates decide follows by itself. */
function eventsOf({ graphs }: Model, { script, steps }: PlanRun): SliceEvent[] {
  const unmet = new Set(steps.assumed.filter(({ met }) => !met).map(({ step }) => step));
  return steps.events.flatMap(({ step, ends }): SliceEvent[] => {
    if (script.timedOut.has(step)) return [{ type: 'timer.due', name: `join:${step}` }];
    const isChosen =
      unmet.has(step) ||
      (steps.begun.has(step) && ends !== 'canceled' && graphs.steps.byId.get(step)?.join === undefined);
    return isChosen ? [{ type: 'end', id: step, as: ends }] : [];
  });
}
