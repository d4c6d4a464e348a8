/** `--format xstate`: one machine config for Stately Studio: the author's blocks inside the stages of a run, fleets and segments written out. */
import type {
  BlockName,
  EmittedBody,
  EmittedFleet,
  EmittedSegment,
  StateNodeJson,
  TransitionJson,
} from '#compiler';
import { type GraphModel, MAX_SHOWN } from './model.ts';
import { hasCompensations } from './run-frame.ts';
import { moreLabel } from './step-label.ts';
import { pathOf, type StepNode, stepNodes } from './step-node.ts';

export function xstateGraph(model: GraphModel): string {
  return `${JSON.stringify(runDefinition(model), undefined, 2)}\n`;
}

/** `concluding` decides by the ledger; stages that this workflow does not have are left out. */
export function runDefinition(model: GraphModel): StateNodeJson {
  const { plan, bodies } = model;
  const steps = stepNodes(model);
  const errors = plan.blocks.errors.length > 0 ? bodies.errors : undefined;
  const last = plan.blocks.finally.length > 0 ? bodies.finally : undefined;
  const ways = {
    recovering: errors === undefined ? [] : [whenever('mustRecover', 'recovering')],
    unwinding: hasCompensations(model) ? [whenever('mustUnwind', 'unwinding')] : [],
    finalizing: last === undefined ? [] : [whenever('mustFinalize', 'finalizing')],
  };
  const end: TransitionJson = { target: 'concluding' };
  const working = stage(bodies.steps, 'steps', steps);
  return {
    id: plan.name,
    description: plan.description ?? `One run of ${plan.name}`,
    initial: 'working',
    states: {
      working: {
        ...working,
        on: { PAUSE: { target: 'paused' }, ROLLBACK: { target: 'rolling-back' } },
        onDone: [...ways.recovering, ...ways.unwinding, ...ways.finalizing, end],
      },
      ...INTERRUPTIONS,
      ...(errors && {
        recovering: {
          ...stage(errors, 'errors', steps),
          onDone: [...ways.unwinding, ...ways.finalizing, end],
        },
      }),
      ...(ways.unwinding.length > 0 && { unwinding: unwindingState([...ways.finalizing, end]) }),
      ...(last && { finalizing: { ...stage(last, 'finally', steps), onDone: [end] } }),
      concluding: {
        description: 'The ledger decides how the run ends',
        always: [
          whenever('endsSuccess', 'succeeded'),
          whenever('endsCanceled', 'canceled'),
          { target: 'failed' },
        ],
      },
      succeeded: { type: 'final', description: 'Exit code 0' },
      failed: { type: 'final', description: 'Exit code 1' },
      canceled: { type: 'final', description: 'Exit code 130 when by SIGINT' },
    },
  };
}

const INTERRUPTIONS: Record<string, StateNodeJson> = {
  paused: { description: 'Paused; no step runs', on: { UNPAUSE: { target: 'working.resume-point' } } },
  'rolling-back': {
    description: 'Compensations of a rollback step run, then the steps go on',
    invoke: { src: 'unwind', id: 'unwind', onDone: { target: 'working.resume-point' } },
  },
};

function unwindingState(onDone: TransitionJson[]): StateNodeJson {
  return {
    description: 'Compensations, last completed first',
    invoke: { src: 'compensation', id: 'compensation', onDone },
  };
}

function whenever(guard: string, target: string): TransitionJson {
  return { guard: { type: guard }, target };
}

/** The body's `working` state without the ways it is left by, which belong to the frame. */
function stage(body: EmittedBody, block: BlockName, steps: ReadonlyMap<string, StepNode>): StateNodeJson {
  const { on: _on, onDone: _onDone, ...working } = body.machine.states?.working ?? {};
  return { ...working, states: writtenOut(working.states ?? {}, body, block, steps) };
}

function writtenOut(
  states: Record<string, StateNodeJson>,
  body: EmittedBody,
  block: BlockName,
  steps: ReadonlyMap<string, StepNode>,
): Record<string, StateNodeJson> {
  if (body.fleets.length === 0 && body.segments.length === 0) return states;
  return Object.fromEntries(
    Object.entries(states).map(([key, state]) => {
      const fleet = body.fleets.find(({ name }) => name === state.meta?.fleet);
      if (fleet !== undefined) return [key, fleetWritten(state, fleet, block, steps)];
      const segment = body.segments.find(({ name }) => name === state.meta?.segment);
      if (segment !== undefined) return [key, segmentWritten(state, segment, block, steps)];
      return [
        key,
        state.states === undefined
          ? state
          : { ...state, states: writtenOut(state.states, body, block, steps) },
      ];
    }),
  );
}

/** The states of the segment's machine in the place of the state that invokes it: they begin and end with it. */
function segmentWritten(
  state: StateNodeJson,
  { body }: EmittedSegment,
  block: BlockName,
  steps: ReadonlyMap<string, StepNode>,
): StateNodeJson {
  const { initial, states } = stage(body, block, steps);
  return { ...state, ...(initial !== undefined && { initial }), states: states ?? {} };
}

/** The members as regions of the state that invokes the fleet: descriptive, as the fleet's own machine runs them. */
function fleetWritten(
  state: StateNodeJson,
  { members }: EmittedFleet,
  block: BlockName,
  steps: ReadonlyMap<string, StepNode>,
): StateNodeJson {
  const shown = members.length > MAX_SHOWN ? members.slice(0, MAX_SHOWN - 1) : members;
  const regions = shown.map(({ key, needs, body }): [string, StateNodeJson] => {
    const waits = needs.length === 0 ? '' : `; begins after ${needs.join(', ')}`;
    if (body !== undefined)
      return [key, { ...stage(body, block, steps), description: `Branch ${key}${waits}` }];
    const step = steps.get(pathOf(block, key));
    return [key, { description: `${step?.name ?? `${step?.kind} step`}${waits}`, tags: ['step'] }];
  });
  const hidden = members.length - shown.length;
  if (hidden > 0) regions.push([`and-${hidden}-more`, { description: moreLabel(hidden, {}) }]);
  const active: StateNodeJson = {
    ...state.states?.active,
    type: 'parallel',
    states: Object.fromEntries(regions),
  };
  return { ...state, states: { ...state.states, active } };
}
