/** The states around the leaves: sequences that go on by `onDone`, forks with a region per branch, and the stand-ins of fleets and segments. */
import type { StateNodeJson } from './emitted.ts';
import { settledWait } from './leaf.ts';
import { listed } from './listed.ts';

/** A state and the key it has in its parent. */
export interface Keyed {
  readonly key: string;
  readonly state: StateNodeJson;
}

/** States one after the other; the last goes on to the final `all-done`, which completes the parent. */
export function chained(children: readonly Keyed[]): {
  initial: string;
  states: Record<string, StateNodeJson>;
} {
  const states: Record<string, StateNodeJson> = {};
  children.forEach(({ key, state }, index) => {
    const isGate = state.always !== undefined;
    states[key] = isGate ? state : { ...state, onDone: { target: children[index + 1]?.key ?? 'all-done' } };
  });
  states['all-done'] = { type: 'final', description: 'All settled', tags: ['done'] };
  return { initial: children[0]?.key ?? 'all-done', states };
}

export function laneState(children: readonly Keyed[]): StateNodeJson {
  return {
    description: `${children.length} in sequence: ${listed(keysOf(children))}`,
    tags: ['lane'],
    meta: { shape: 'sequence' },
    ...chained(children),
  };
}

export function forkState(regions: readonly Keyed[], shape: 'parallel' | 'prime'): StateNodeJson {
  return {
    type: 'parallel',
    description: `${regions.length} at once: ${listed(keysOf(regions))}`,
    tags: ['fork'],
    meta: { shape },
    states: Object.fromEntries(regions.map(({ key, state }) => [key, state])),
  };
}

/** A wait before a part that begins with several states at once. */
export function gateState(paths: readonly string[], target: string): StateNodeJson {
  return { ...settledWait(paths, target), meta: { shape: 'gate' } };
}

/** What stands for a fleet in its machine. */
export function fleetState(fleet: string, members: readonly string[]): StateNodeJson {
  return {
    description: `${members.length} members run by ${fleet}`,
    tags: ['fleet'],
    meta: { shape: 'fleet', fleet, members: members.length },
    initial: 'active',
    states: {
      active: {
        description: `Runs ${fleet}`,
        tags: ['active'],
        invoke: { src: fleet, id: fleet, onDone: { target: 'done' } },
      },
      done: { type: 'final', description: 'Every member has settled', tags: ['done'] },
    },
  };
}

/** What stands for a segment in the sequence it is cut from. */
export function segmentState(segment: string, parts: readonly Keyed[]): StateNodeJson {
  return {
    description: `${parts.length} in sequence: ${listed(keysOf(parts))}`,
    tags: ['segment'],
    meta: { shape: 'segment', segment },
    initial: 'active',
    states: {
      active: {
        description: `Runs ${segment}`,
        tags: ['active'],
        invoke: { src: segment, id: segment, onDone: { target: 'done' } },
      },
      done: { type: 'final', description: 'Every part has settled', tags: ['done'] },
    },
  };
}

function keysOf(children: readonly Keyed[]): string[] {
  return children.map(({ key }) => key);
}
