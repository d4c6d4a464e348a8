/** What the code of a step reads of the names that expressions see, as JSON: no more than it names. */
import type { KindSpec } from '#compiler';
import type { JsonObject } from '../kernel/json.ts';
import type { RunContext } from './run-context.ts';
import { type EvaluatedEnv, scopeOf } from './scope.ts';
import type { StepRef } from './step-path.ts';

/** Of `steps` one member of one step can be had alone; of anything else, one member. */
const DEPTH_OF_STEPS = 2;

/** Which parts of a value are wanted: all of it, or members. */
interface Wanted {
  all: boolean;
  members: Map<string, Wanted>;
}

/**
 * `{ inputs: { a: 1 }, steps: { build: { output: … } } }`; empty for a kind without code. Secret inputs are only there when
 * the code names them.
 * @param env of the step.
 */
export function codeScope(run: RunContext, ref: StepRef, kind: KindSpec, env: EvaluatedEnv): JsonObject {
  const text = kind.code === undefined ? undefined : ref.step.fields[kind.code.field];
  if (kind.code === undefined || typeof text !== 'string') return {};
  const wanted: Wanted = { all: false, members: new Map() };
  for (const { root, path } of kind.code.reads(text)) {
    const names = path.slice(0, root === 'steps' ? DEPTH_OF_STEPS : 1).map(String);
    if (root === 'inputs' && names.length === 0)
      for (const name of publicInputs(run)) want(wanted, [root, name]);
    else want(wanted, [root, ...names]);
  }
  // Everything in scope is JSON, with getters for what is made when it is asked for.
  return pick({ ...scopeOf(run, ref), env }, wanted) as JsonObject;
}

const publicInputs = ({ inputs, plan }: RunContext): string[] =>
  Object.keys(inputs).filter((name) => plan.inputs[name]?.secret !== true);

function want(wanted: Wanted, [name, ...rest]: readonly string[]): void {
  if (name === undefined) {
    wanted.all = true;
    return;
  }
  const inner = wanted.members.get(name) ?? { all: false, members: new Map() };
  wanted.members.set(name, inner);
  want(inner, rest);
}

/** What is no object is taken whole. */
function pick(value: unknown, { all, members }: Wanted): unknown {
  if (all || typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const picked = [...members].flatMap(([name, wanted]) =>
    Object.hasOwn(value, name) ? [[name, pick(Reflect.get(value, name), wanted)] as const] : [],
  );
  return Object.fromEntries(picked);
}
