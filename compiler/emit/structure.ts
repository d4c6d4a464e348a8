/** The states around the leaves: sequences that go on by `onDone`, forks with a region per branch, and the stand-ins of fleets. */
import type { StateNodeJson } from './emitted.ts';

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
    states[key] = { ...state, onDone: { target: children[index + 1]?.key ?? 'all-done' } };
  });
  states['all-done'] = { type: 'final', description: 'All settled', tags: ['done'] };
  return { initial: children[0]?.key ?? 'all-done', states };
}

export function laneState(children: readonly Keyed[]): StateNodeJson {
  return {
    description: `${children.length} in sequence: ${listed(children)}`,
    tags: ['lane'],
    meta: { shape: 'sequence' },
    ...chained(children),
  };
}

export function forkState(regions: readonly Keyed[], shape: 'parallel' | 'prime'): StateNodeJson {
  return {
    type: 'parallel',
    description: `${regions.length} at once: ${listed(regions)}`,
    tags: ['fork'],
    meta: { shape },
    states: Object.fromEntries(regions.map(({ key, state }) => [key, state])),
  };
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

/** The first few keys, so that descriptions stay readable at any size. */
function listed(children: readonly Keyed[]): string {
  const shown = children.slice(0, 6).map(({ key }) => key);
  return children.length > shown.length
    ? `${shown.join(', ')} and ${children.length - shown.length} more`
    : shown.join(', ');
}
