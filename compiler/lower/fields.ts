/** Reading one field of a checked map as the type it was checked to have. */
import type { JsonObject } from '../json.ts';
import type { ExpressionText, JsonSchema } from '../plan.ts';
import { child, type SourceMap, toJson } from '../read/source-doc.ts';
import { parseDuration } from './duration.ts';

export function textAt(map: SourceMap, key: string): string | undefined {
  const value = scalarAt(map, key);
  return typeof value === 'string' ? value : undefined;
}

export function numberAt(map: SourceMap, key: string): number | undefined {
  const value = scalarAt(map, key);
  return typeof value === 'number' ? value : undefined;
}

export function booleanAt(map: SourceMap, key: string): boolean | undefined {
  const value = scalarAt(map, key);
  return typeof value === 'boolean' ? value : undefined;
}

/** In milliseconds; undefined when absent, 0 (no limit) or not a duration. */
export function durationAt(map: SourceMap, key: string): number | undefined {
  const ms = delayAt(map, key);
  return ms === 0 ? undefined : ms;
}

/** In milliseconds; 0 stays 0. */
export function delayAt(map: SourceMap, key: string): number | undefined {
  const value = scalarAt(map, key);
  return typeof value === 'string' || typeof value === 'number' ? parseDuration(value) : undefined;
}

export function schemaAt(map: SourceMap, key: string): JsonSchema | undefined {
  return booleanAt(map, key) ?? jsonObjectAt(map, key);
}

export function jsonObjectAt(map: SourceMap, key: string): JsonObject | undefined {
  const node = child(map, key);
  const value = node?.type === 'map' ? toJson(node) : null;
  return value === null || typeof value !== 'object' || Array.isArray(value) ? undefined : value;
}

/** The text of an expression field, without the `${{ }}` around it. Booleans become `true` and `false`. */
export function expressionAt(map: SourceMap, key: string): ExpressionText | undefined {
  const value = scalarAt(map, key);
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'string' ? unwrapped(value) : undefined;
}

/** `${{ a }}` → `a`; anything that is not exactly one such template stays as it is. */
export function unwrapped(text: string): ExpressionText {
  const trimmed = text.trim();
  const inner = trimmed.startsWith('${{') && trimmed.endsWith('}}') ? trimmed.slice(3, -2) : undefined;
  return inner === undefined || inner.includes('${{') || inner.includes('}}') ? trimmed : inner.trim();
}

/** `{ [key]: value }`, or nothing when the value is undefined. */
export function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}

/** `concurrency` of a workflow or step: a number, or a template for run time. */
export function concurrencyAt(map: SourceMap): number | string | undefined {
  return numberAt(map, 'concurrency') ?? textAt(map, 'concurrency');
}

function scalarAt(map: SourceMap, key: string): string | number | boolean | null | undefined {
  const node = child(map, key);
  return node?.type === 'scalar' ? node.value : undefined;
}
