/** What `emit/` makes of one block of a plan: a statechart definition in plain JSON plus the fleets and segments it refers to. */
import type { Json } from '../json.ts';

/** Status names a leaf may end in. */
export type SettledStatus = 'success' | 'failed' | 'skipped' | 'canceled';

/**
 * One node of a statechart definition; the JSON subset of XState's machine config that we emit.
 * Every node has `description` or `meta`; leaves carry `meta.step = { id, kind, span }`.
 */
export interface StateNodeJson {
  id?: string;
  type?: 'parallel' | 'final' | 'history';
  history?: 'deep';
  description?: string;
  initial?: string;
  meta?: Record<string, Json>;
  tags?: string[];
  states?: Record<string, StateNodeJson>;
  invoke?: {
    id: string;
    src: string;
    input?: Json;
    onDone?: TransitionJson | TransitionJson[];
    onError?: TransitionJson | TransitionJson[];
  };
  entry?: ActionJson[];
  exit?: ActionJson[];
  always?: TransitionJson | TransitionJson[];
  on?: Record<string, TransitionJson | TransitionJson[]>;
  onDone?: TransitionJson | TransitionJson[] | string;
}
export interface ActionJson {
  type: string;
  params?: Record<string, Json>;
}
export interface TransitionJson {
  target?: string;
  guard?: { type: string; params?: Record<string, Json> };
  actions?: ActionJson[];
  description?: string;
}

/** A fleet child: one step, or a nested body when the member is itself a block. */
export interface FleetMember {
  /** Unique in the fleet: the step id, or the name of a branch such as `branch-1`. */
  key: string;
  /** Keys of members that must settle first; only in fleets made of a prime block. */
  needs: string[];
  /**
   * Present for whatever is more than a plain step, and for soft joins, which wait in a small machine of their own. What soft
   * joins wait for is not among `needs`, so a window over the members must not keep out the ones they wait for.
   */
  body?: EmittedBody;
}

/** A stretch of a long sequence: a machine of its own, so that only the stretch at work has to be built. */
export interface EmittedSegment {
  /** State key, actor id and `src`, such as `segment-1`. Unique in the block. */
  name: string;
  body: EmittedBody;
}

/** More concurrent regions than `MAX_REGIONS`: run by the hand-written fleet machine. */
export interface EmittedFleet {
  /** The `src` the body invokes it by, such as `fleet-1`. Unique in the block. */
  name: string;
  members: FleetMember[];
}

export interface EmittedBody {
  /** The machine definition; opens in Stately Studio as it is. */
  machine: StateNodeJson;
  fleets: EmittedFleet[];
  segments: EmittedSegment[];
  /**
   * True when a soft join of this machine watches a step that another machine runs (the fleet's other members, a branch):
   * only an event from the runtime, sent when any step settles, makes it look again. All other waits end by events of its own children.
   */
  watchesLedger: boolean;
}

/** Concurrent regions of one machine beyond which a block becomes a fleet; see the measurements in docs/statecharts.md. */
export const MAX_REGIONS = 16;

/** Steps of one segment; a sequence with more than two of these in its machine is cut into segments. */
export const SEGMENT_STEPS = 100;
