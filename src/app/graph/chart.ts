/** The statechart view: an emitted body as a tree of steps, sequences, forks and fleets, with large fleets cut short. */
import {
  type BlockName,
  type EmittedBody,
  type EmittedFleet,
  type FleetMember,
  type StateNodeJson,
  stepIdsOf,
} from '#compiler';
import { MAX_SHOWN } from './model.ts';
import { pathOf, type StatusCounts, type StepNode } from './step-node.ts';

export interface StepChart {
  type: 'step';
  step: StepNode;
  /** Ids of steps elsewhere in the block that must settle first; soft joins: that are watched. */
  waitsFor: string[];
}
export interface GroupChart {
  /** `sequence`: one after the other; `fork`: at once; `fleet`: a sliding window over the members. */
  type: 'sequence' | 'fork' | 'fleet';
  /** State key, such as `fork-1`; unique in the block. */
  key: string;
  children: Chart[];
  /** Ids of steps elsewhere in the block that must settle before the group begins. */
  waitsFor: string[];
  /** Members that are not among the children, and their statuses. */
  hidden: number;
  hiddenCounts: StatusCounts;
}
export type Chart = StepChart | GroupChart;

/** What the states of one machine stand for, by name. */
interface Machines {
  readonly fleets: ReadonlyMap<string, EmittedFleet>;
  readonly segments: ReadonlyMap<string, EmittedBody>;
}

/** Nesting beyond this is not drawn but counted; nobody could read it. */
const MAX_DEPTH = 40;

/** The top of a body is always a sequence. */
export function chartOf(
  body: EmittedBody,
  block: BlockName,
  steps: ReadonlyMap<string, StepNode>,
): GroupChart {
  return new ChartReader(block, steps).body(body, 'body', 0);
}

class ChartReader {
  readonly #block: BlockName;
  readonly #steps: ReadonlyMap<string, StepNode>;

  constructor(block: BlockName, steps: ReadonlyMap<string, StepNode>) {
    this.#block = block;
    this.#steps = steps;
  }

  body(body: EmittedBody, key: string, depth: number): GroupChart {
    const machines = {
      fleets: new Map(body.fleets.map((fleet) => [fleet.name, fleet])),
      segments: new Map(body.segments.map((segment) => [segment.name, segment.body])),
    };
    return this.#group('sequence', key, statesIn(body.machine.states?.working ?? {}), machines, depth);
  }

  #group(
    type: GroupChart['type'],
    key: string,
    states: [string, StateNodeJson][],
    machines: Machines,
    depth: number,
  ): GroupChart {
    if (depth > MAX_DEPTH) return { ...emptyGroup(type, key), hidden: states.length };
    const children = states.flatMap(([child, state], index) => {
      if (isGate(state)) return [];
      const chart = this.#chart(child, state, machines, depth + 1);
      const gate = states[index - 1]?.[1];
      return [gate !== undefined && isGate(gate) ? { ...chart, waitsFor: waitedFor(gate) } : chart];
    });
    return { ...emptyGroup(type, key), children };
  }

  #chart(key: string, state: StateNodeJson, machines: Machines, depth: number): Chart {
    const fleet = machines.fleets.get(String(state.meta?.fleet));
    if (fleet !== undefined) return this.#fleet(key, fleet, depth);
    const segment = machines.segments.get(String(state.meta?.segment));
    if (segment !== undefined) return this.body(segment, key, depth);
    if (state.meta?.step !== undefined) return this.#step(key, waitsOf(state));
    const type = state.type === 'parallel' ? 'fork' : 'sequence';
    return this.#group(type, key, statesIn(state), machines, depth);
  }

  #fleet(key: string, { members }: EmittedFleet, depth: number): GroupChart {
    const shown = depth > MAX_DEPTH ? 0 : members.length > MAX_SHOWN ? MAX_SHOWN - 1 : members.length;
    const hiddenCounts = this.#counts(members.slice(shown));
    const children = members.slice(0, shown).map((member) => this.#member(member, depth + 1));
    return { ...emptyGroup('fleet', key), children, hidden: members.length - shown, hiddenCounts };
  }

  #counts(members: readonly FleetMember[]): StatusCounts {
    const counts: StatusCounts = {};
    for (const id of members.flatMap(stepIdsOf)) {
      const status = this.#steps.get(pathOf(this.#block, id))?.status;
      if (status !== undefined) counts[status] = (counts[status] ?? 0) + 1;
    }
    return counts;
  }

  #member({ key, needs, body }: FleetMember, depth: number): Chart {
    if (body === undefined) return this.#step(key, needs);
    const inner = this.body(body, key, depth);
    const only = inner.children.length === 1 ? inner.children[0] : undefined;
    const chart = only ?? inner;
    return { ...chart, waitsFor: [...needs, ...chart.waitsFor] };
  }

  #step(id: string, waitsFor: readonly string[]): StepChart {
    const path = pathOf(this.#block, id);
    const step = this.#steps.get(path);
    if (step === undefined)
      throw new Error(`the statechart has a step "${path}" that the plan does not have`);
    return { type: 'step', step, waitsFor: [...waitsFor, ...step.softNeeds] };
  }
}

/** The states an author would recognise: no final and history states. */
function statesIn(state: StateNodeJson): [string, StateNodeJson][] {
  return Object.entries(state.states ?? {}).filter(
    ([, child]) => child.type !== 'final' && child.type !== 'history',
  );
}

function isGate(state: StateNodeJson): boolean {
  return state.meta?.shape === 'gate';
}

/** Step ids that a leaf of a prime block waits for before it begins. */
function waitsOf(leaf: StateNodeJson): string[] {
  return [leaf.states?.blocked, leaf.states?.waiting].flatMap((state) =>
    state === undefined ? [] : waitedFor(state),
  );
}

/** Step ids of a `settled` guard. */
function waitedFor(state: StateNodeJson): string[] {
  const always = Array.isArray(state.always) ? state.always[0] : state.always;
  const ids = always?.guard?.params?.ids;
  return Array.isArray(ids) ? ids.map((path) => String(path).replace(/^(errors|finally)\//, '')) : [];
}

function emptyGroup(type: GroupChart['type'], key: string): GroupChart {
  return { type, key, children: [], waitsFor: [], hidden: 0, hiddenCounts: {} };
}
