/** Values of which only a part is known. */
import type { Node } from '../expr/ast.ts';
import { isTruthy } from '../expr/operators.ts';

export type Value =
  | { kind: 'known'; value: unknown /** Null because this step did not succeed. */; missing?: MissingRead }
  /** Some value that equals none of the literals its path is compared with. */
  | { kind: 'other'; path: string; truthy: boolean }
  | { kind: 'unknown' };

export interface MissingRead {
  /** Id of the step that was read. */
  step: string;
  /** As written: `steps.build.output`. */
  path: string;
}

export const UNKNOWN: Value = { kind: 'unknown' };
export const known = (value: unknown): Value => ({ kind: 'known', value });

export function truthOf(value: Value): boolean | undefined {
  if (value.kind === 'known') return isTruthy(value.value);
  return value.kind === 'other' ? value.truthy : undefined;
}

/** Whether two values are equal; undefined when that is open. */
export function isSameValue(left: Value, right: Value): boolean | undefined {
  const [a, b] = left.kind === 'other' ? [left, right] : [right, left];
  if (a.kind !== 'other') return undefined;
  if (b.kind === 'known') return false;
  return b.kind === 'other' && a.path === b.path ? true : undefined;
}

/** Root and keys of a path that is written out. */
export function writtenKeys(node: Node): readonly (string | number)[] | undefined {
  if (node.kind === 'name') return [node.name];
  if (node.kind !== 'member' && node.kind !== 'index') return undefined;
  const key = node.kind === 'member' ? node.name : node.key.kind === 'literal' ? node.key.value : undefined;
  if (typeof key !== 'string' && typeof key !== 'number') return undefined;
  const before = writtenKeys(node.object);
  return before && [...before, key];
}
