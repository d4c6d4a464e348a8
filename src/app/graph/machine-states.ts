/** Reads any XState machine definition into states and arrows, with targets resolved as XState resolves them. */

/** The parts of a machine config that are drawn; of a machine, `machine.config`. */
export interface MachineDefinition {
  id?: string | undefined;
  type?: string | undefined;
  initial?: unknown;
  history?: unknown;
  states?: Record<string, object> | undefined;
  on?: unknown;
  always?: unknown;
  after?: unknown;
  onDone?: unknown;
  invoke?: unknown;
}

export interface MachineState {
  key: string;
  /** Keys from the root, with dots; empty for the root. Unique. */
  path: string;
  parent?: MachineState;
  definition: MachineDefinition;
  children: MachineState[];
  /** Names of the actors it invokes. */
  invokes: string[];
}
export interface MachineArrow {
  from: MachineState;
  to: MachineState;
  /** `EVENT [guard]`, each way once. */
  labels: string[];
}

export function readMachine(definition: MachineDefinition): { root: MachineState; arrows: MachineArrow[] } {
  const root = readState(definition, '', '');
  const ids = new Map(
    everyState(root).flatMap((state) => (state.definition.id ? [[state.definition.id, state]] : [])),
  );
  const arrows = new Map<string, MachineArrow>();
  for (const from of everyState(root)) {
    for (const { event, transition } of transitionsOf(from.definition)) {
      for (const target of targetsOf(transition)) {
        const to = resolve(target, from, ids);
        const key = `${from.path} > ${to.path}`;
        const arrow = arrows.get(key) ?? { from, to, labels: [] };
        const label = [event, guardText(transition)].filter((text) => text !== '').join(' ');
        if (!arrow.labels.includes(label)) arrow.labels.push(label);
        arrows.set(key, arrow);
      }
    }
  }
  return { root, arrows: [...arrows.values()] };
}

export function everyState(state: MachineState): MachineState[] {
  return [state, ...state.children.flatMap(everyState)];
}

function readState(
  definition: MachineDefinition,
  key: string,
  path: string,
  parent?: MachineState,
): MachineState {
  const invokes = listOf(definition.invoke).map((invoke) => nameOf(propertyOf(invoke, 'src')));
  const state: MachineState = {
    key,
    path,
    definition,
    children: [],
    invokes,
    ...(parent === undefined ? {} : { parent }),
  };
  for (const [child, inner] of Object.entries(definition.states ?? {})) {
    state.children.push(readState(inner, child, path === '' ? child : `${path}.${child}`, state));
  }
  return state;
}

interface Transition {
  event: string;
  transition: unknown;
}

function transitionsOf(definition: MachineDefinition): Transition[] {
  const of = (event: string, value: unknown): Transition[] =>
    listOf(value).map((transition) => ({ event, transition }));
  const events = Object.entries(recordOf(definition.on)).flatMap(([event, value]) => of(event, value));
  const delays = Object.entries(recordOf(definition.after)).flatMap(([delay, value]) =>
    of(`after ${delay}`, value),
  );
  const invokes = listOf(definition.invoke).flatMap((invoke) => [
    ...of('done', propertyOf(invoke, 'onDone')),
    ...of('error', propertyOf(invoke, 'onError')),
    ...of('snapshot', propertyOf(invoke, 'onSnapshot')),
  ]);
  return [...of('', definition.always), ...events, ...delays, ...invokes, ...of('done', definition.onDone)];
}

function targetsOf(transition: unknown): string[] {
  if (typeof transition === 'string') return [transition];
  return listOf(propertyOf(transition, 'target')).filter((target) => typeof target === 'string');
}

/** @throws {Error} When there is no such state. */
function resolve(target: string, from: MachineState, ids: ReadonlyMap<string, MachineState>): MachineState {
  const [start, keys] = startOf(target, from, ids);
  const found = keys.reduce<MachineState | undefined>(
    (at, key) => at?.children.find((child) => child.key === key),
    start,
  );
  if (found === undefined)
    throw new Error(`"${from.path}" has a transition to "${target}", which is no state`);
  return found;
}

/** `#id.child`, `.child`, or a path from the parent. */
function startOf(
  target: string,
  from: MachineState,
  ids: ReadonlyMap<string, MachineState>,
): [MachineState | undefined, string[]] {
  if (target.startsWith('#')) {
    const id =
      [...ids.keys()].find((known) => target === `#${known}` || target.startsWith(`#${known}.`)) ?? '';
    return [
      ids.get(id),
      target
        .slice(id.length + 2)
        .split('.')
        .filter(Boolean),
    ];
  }
  if (target.startsWith('.')) return [from, target.slice(1).split('.')];
  return [from.parent ?? from, target.split('.')];
}

function guardText(transition: unknown): string {
  const guard = propertyOf(transition, 'guard');
  return guard === undefined ? '' : `[${guardName(guard)}]`;
}

/** A name, `{ type }`, or a function; XState's `and`, `or`, `not` carry what they combine in `guards`. */
function guardName(guard: unknown): string {
  const parts = propertyOf(guard, 'guards');
  if (!Array.isArray(parts)) return nameOf(guard);
  const names = parts.map(guardName);
  const check = nameOf(propertyOf(guard, 'check')).toLowerCase();
  if (check.includes('not')) return `not ${names.join(', ')}`;
  return names.join(check.includes('or') ? ' or ' : ' and ');
}

function nameOf(thing: unknown): string {
  if (typeof thing === 'string') return thing;
  const name = propertyOf(thing, 'type') ?? propertyOf(thing, 'id') ?? propertyOf(thing, 'name');
  return typeof name === 'string' && name !== '' ? name : '…';
}

function listOf(value: unknown): unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function propertyOf(value: unknown, key: string): unknown {
  const holdsProperties = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return holdsProperties ? Reflect.get(value, key) : undefined;
}
