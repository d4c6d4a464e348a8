/** `--format xstate`: one machine config for Stately Studio: the author's blocks inside the stages of a run, fleets and segments written out. */
import type {
  BlockName,
  EmittedBody,
  EmittedFleet,
  EmittedSegment,
  StateNodeJson,
  TransitionJson,
} from '#compiler';
import { runMachine } from '#machines';
import { controlRegion } from './control-region.ts';
import { type GraphModel, MAX_SHOWN } from './model.ts';
import { hasCompensations } from './run-frame.ts';
import { moreLabel } from './step-label.ts';
import { pathOf, type StepNode, stepNodes } from './step-node.ts';

export function xstateGraph(model: GraphModel): string {
  return `${JSON.stringify(runDefinition(model), undefined, 2)}\n`;
}

/**
 * `concluding` decides by the ledger; stages that this workflow does not have are left out. The steps stand beside the states of the
 * run machine, which invokes them: a pause leaves them where they are.
 */
export function runDefinition(model: GraphModel): StateNodeJson {
  const { plan, bodies } = model;
  const to = (stage: string): string => `#${plan.name}.${stage}`;
  const steps = stepNodes(model);
  const errors = plan.blocks.errors.length > 0 ? bodies.errors : undefined;
  const last = plan.blocks.finally.length > 0 ? bodies.finally : undefined;
  const undoes = hasCompensations(model);
  const ways = {
    recovering: errors === undefined ? [] : [whenever('mustRecover', to('recovering'))],
    unwinding: undoes ? [whenever('mustUnwind', to('unwinding'))] : [],
    finalizing: last === undefined ? [] : [whenever('mustFinalize', to('finalizing'))],
  };
  const end: TransitionJson = { target: to('concluding') };
  const block = (body: EmittedBody, name: BlockName, onDone: TransitionJson[]): StateNodeJson => ({
    ...stage(body, name, steps),
    onDone,
  });
  const queues = plan.onOverlap === 'queue' || plan.onOverlap === 'cancel-previous';
  return {
    id: plan.name,
    description: plan.description ?? `One run of ${plan.name}`,
    initial: queues ? 'beginning' : 'working',
    states: {
      ...(queues && queueStates(to('working'), end)),
      working: beside(
        block(bodies.steps, 'steps', [...ways.recovering, ...ways.unwinding, ...ways.finalizing, end]),
        controlRegion(ofRun('working'), new Set(undoes ? [] : ['holding', 'undoing', 'undone'])),
      ),
      ...(errors && { recovering: block(errors, 'errors', [...ways.unwinding, ...ways.finalizing, end]) }),
      ...(undoes && { unwinding: unwindingState([...ways.finalizing, end]) }),
      ...(last && {
        finalizing: beside(block(last, 'finally', [end]), controlRegion(ofRun('finalizing'), new Set())),
      }),
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

/** A state of the run machine, as it is written. */
const ofRun = (key: 'queued' | 'working' | 'finalizing'): object => runMachine.config.states?.[key] ?? {};

/** Two regions: what the author wrote, and what happens to the run meanwhile. */
const beside = (steps: StateNodeJson, control: StateNodeJson): StateNodeJson => ({
  type: 'parallel',
  states: { steps, control },
});

function queueStates(working: string, end: TransitionJson): Record<string, StateNodeJson> {
  const queued = controlRegion(ofRun('queued'), new Set());
  const { waiting, ...others } = queued.states ?? {};
  return {
    beginning: { always: [whenever('mustQueue', 'queued'), { target: 'working' }] },
    queued: {
      ...queued,
      description: 'Other runs of the workflow have not ended (on_overlap)',
      on: { CANCEL: end, 'turn.refused': end },
      states: {
        waiting: { ...waiting, on: { ...waiting?.on, 'turn.come': { target: working } } },
        ...others,
      },
    },
  };
}

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
