/** The states of a run beside its steps (going, pausing, paused …), as the run machine has them: what of them JSON can hold. */
import type { StateNodeJson, TransitionJson } from '#compiler';

/** A machine config, as far as it is read here. */
interface Config {
  type?: unknown;
  history?: unknown;
  description?: unknown;
  tags?: unknown;
  initial?: unknown;
  states?: Readonly<Record<string, Config>> | undefined;
  on?: unknown;
  always?: unknown;
  invoke?: unknown;
}

/**
 * @param config Of a state of the run machine; the actor it invokes and the ways out of it are not part of the region.
 * @param without Keys of states that this workflow has no use for, with the transitions to them.
 */
export function controlRegion(config: object, without: ReadonlySet<string>): StateNodeJson {
  const { initial, states = {}, on } = config as Config;
  return {
    description: 'The run beside its steps',
    ...(typeof initial === 'string' && { initial }),
    ...eventsOf(on, without),
    states: statesOf(states, without),
  };
}

function statesOf(
  states: Readonly<Record<string, Config>>,
  without: ReadonlySet<string>,
): Record<string, StateNodeJson> {
  return Object.fromEntries(
    Object.entries(states)
      .filter(([key]) => !without.has(key))
      .map(([key, state]) => [key, stateOf(state, without)]),
  );
}

function stateOf(config: Config, without: ReadonlySet<string>): StateNodeJson {
  const { type, history, description, tags, initial, states, on, always, invoke } = config;
  const ways = transitionsOf(always, without);
  return {
    ...(type === 'history' && { type }),
    ...(history === 'deep' && { history }),
    ...(typeof description === 'string' && { description }),
    ...(Array.isArray(tags) && { tags: tags.map(String) }),
    ...(typeof initial === 'string' && { initial }),
    ...(ways.length > 0 && { always: ways }),
    ...eventsOf(on, without),
    ...invokeOf(invoke, without),
    ...(states && { states: statesOf(states, without) }),
  };
}

function invokeOf(invoke: unknown, without: ReadonlySet<string>): Pick<StateNodeJson, 'invoke'> {
  const src = propertyOf(invoke, 'src');
  if (typeof src !== 'string') return {};
  return { invoke: { id: src, src, onDone: transitionsOf(propertyOf(invoke, 'onDone'), without) } };
}

/** XState's own events are known by what they are the end of. */
function eventsOf(on: unknown, without: ReadonlySet<string>): Pick<StateNodeJson, 'on'> {
  const ways = Object.entries(typeof on === 'object' && on !== null ? on : {})
    .filter(([event]) => !event.startsWith('xstate.'))
    .map(([event, value]): [string, TransitionJson[]] => [event, transitionsOf(value, without)])
    .filter(([, transitions]) => transitions.length > 0);
  return ways.length === 0 ? {} : { on: Object.fromEntries(ways) };
}

/** Those that lead to another state of the region. */
function transitionsOf(value: unknown, without: ReadonlySet<string>): TransitionJson[] {
  const list: unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return list.flatMap((transition) => {
    const target = typeof transition === 'string' ? transition : propertyOf(transition, 'target');
    if (typeof target !== 'string' || target.startsWith('#')) return [];
    if (target.split('.').some((key) => without.has(key))) return [];
    const guard = propertyOf(transition, 'guard');
    return [{ target, ...(typeof guard === 'string' && { guard: { type: guard } }) }];
  });
}

const propertyOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
