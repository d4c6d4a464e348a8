/** What an expression hands out is plain JSON of its own: no getters, no undefined, nothing shared with the scope. */
import type { Json } from '../json.ts';
import { Refusal } from './expression-error.ts';
import { LIMITS } from './limits.ts';
import { tooDeep } from './text.ts';

/** A deep copy by own enumerable properties. undefined, NaN and infinities become null. @throws {Refusal} for functions, symbols, cycles */
export function toJson(value: unknown, depth = 0): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : null;
    case 'undefined':
      return null;
    case 'bigint':
      return value.toString();
    case 'object':
      break;
    default:
      throw new Refusal('EXPRESSION_TYPE', `a ${typeof value} is no data`);
  }
  if (value === null) return null;
  if (depth > LIMITS.valueDepth) throw tooDeep();
  if (Array.isArray(value)) return value.map((item) => toJson(item, depth + 1));
  return objectToJson(value, depth);
}

function objectToJson(value: object, depth: number): Json {
  const copy: Record<string, Json> = {};
  for (const [key, item] of Object.entries(value)) {
    if (key === '__proto__')
      Object.defineProperty(copy, key, {
        value: toJson(item, depth + 1),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    else copy[key] = toJson(item, depth + 1);
  }
  return copy;
}
