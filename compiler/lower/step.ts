/** One step → StepPlan. */
import type { KindSpec } from '../catalog.ts';
import type { StepFacts } from '../check/facts.ts';
import type { ImpliedNeed } from '../check/implied-needs.ts';
import { commonStepFields } from '../check/language/step.ts';
import type { Json } from '../json.ts';
import type { Span, StepPlan } from '../plan.ts';
import { child, type SourceMap, toJson } from '../read/source-doc.ts';
import {
  booleanAt,
  concurrencyAt,
  durationAt,
  expressionAt,
  numberAt,
  optional,
  schemaAt,
  textAt,
  unwrapped,
} from './fields.ts';
import { lowerIdempotency, lowerMemo } from './idempotency.ts';
import { lowerJoin } from './join.ts';
import { lowerMatrix } from './matrix.ts';
import { lowerRetry } from './retry.ts';

export function lowerStep(
  step: StepFacts,
  implied: readonly ImpliedNeed[],
  undo: StepFacts | undefined,
): StepPlan {
  const { node, kind } = step;
  if (kind === undefined || step.id === undefined) throw new Error(`lowering ${step.path}, which has errors`);
  const isJoin = kind.control === 'join';
  return {
    id: step.id,
    kind: kind.kind,
    ...optional('name', templatedAt(node, 'name')),
    needs: [...new Set([...step.needs, ...implied].map((need) => need.id))],
    ...optional('if', expressionAt(node, 'if')),
    fields: ownFields(node, kind),
    ...optional('env', envAt(node)),
    ...optional('timeoutMs', isJoin ? undefined : timeoutAt(node)),
    ...optional('totalTimeoutMs', durationAt(node, 'totalTimeout')),
    onTimeout: textAt(node, 'onTimeout') === 'skip' ? 'skip' : 'fail',
    ...optional('retry', lowerRetry(node)),
    allowFailure: booleanAt(node, 'allowFailure') ?? false,
    ...optional('foreach', foreachAt(node)),
    ...optional('matrix', lowerMatrix(node)),
    ...optional('concurrency', concurrencyAt(node)),
    failFast: booleanAt(node, 'failFast') ?? true,
    ...optional('pool', textAt(node, 'pool')),
    priority: numberAt(node, 'priority') ?? 0,
    ...optional('inputSchema', schemaAt(node, 'inputSchema')),
    ...optional('outputSchema', schemaAt(node, 'outputSchema')),
    ...optional('transform', expressionAt(node, 'transform')),
    ...optional('idempotency', lowerIdempotency(node)),
    ...optional('memoize', lowerMemo(node)),
    ...optional('breakpoint', booleanAt(node, 'breakpoint') === true ? true : undefined),
    ...optional('compensate', undo === undefined ? undefined : lowerStep(undo, [], undefined)),
    ...optional('backTo', wayBackOf(node, kind)),
    ...optional('join', isJoin ? lowerJoin(node) : undefined),
    span: node.span,
    fieldSpans: fieldSpansOf(node),
  };
}

/** Id of the step the run may be sent back to; `''` for the beginning. */
function wayBackOf(node: SourceMap, { wayBack }: KindSpec): string | undefined {
  if (wayBack === undefined) return undefined;
  const { field, when, beginning } = wayBack;
  if (when !== undefined && textAt(node, when.field) !== when.is) return undefined;
  const to = textAt(node, field) ?? beginning;
  return to === beginning && beginning !== undefined ? '' : to;
}

function envAt(node: SourceMap): StepPlan['env'] | undefined {
  const env = child(node, 'env');
  if (env?.type !== 'map') return undefined;
  const entries = [...env.entries.values()].filter(({ key }) => !key.startsWith('x-'));
  return Object.fromEntries(entries.map(({ key, value }) => [key, toJson(value)]));
}

/** An expression, a list, or the file whose lines are the items. */
function foreachAt(node: SourceMap): StepPlan['foreach'] {
  const foreach = child(node, 'foreach');
  const lines = child(foreach, 'lines');
  if (foreach?.type === 'seq') return foreach.items.map(toJson);
  if (foreach?.type !== 'map' || lines === undefined) return expressionAt(node, 'foreach');
  const outside = child(foreach, 'allowOutsideCwd');
  return { lines: toJson(lines), allowOutsideCwd: outside === undefined ? false : toJson(outside) };
}

/** A static time limit in milliseconds, or the template that will give one. */
function timeoutAt(node: SourceMap): number | string | undefined {
  const text = textAt(node, 'timeout');
  return text?.includes('${{') === true ? text : durationAt(node, 'timeout');
}

function templatedAt(node: SourceMap, key: string): Json | undefined {
  const value = child(node, key);
  return value === undefined ? undefined : toJson(value);
}

/**
 * The fields the kind's schema declares, as written; expression fields without their `${{ }}`. A field that is also a common
 * one, such as `env` or a join's `timeout`, is in both places.
 */
function ownFields(node: SourceMap, kind: KindSpec): StepPlan['fields'] {
  const fields: StepPlan['fields'] = {};
  const { properties, additionalProperties } = kind.schema;
  for (const { key, value } of node.entries.values()) {
    const declared = Object.hasOwn(properties, key);
    if (
      !declared &&
      (additionalProperties !== true || key.startsWith('x-') || Object.hasOwn(commonStepFields, key))
    )
      continue;
    const json = withoutExtensions(toJson(value), properties[key]);
    const bare = kind.expressionFields?.includes(key) === true && typeof json === 'string';
    fields[key] = bare ? unwrapped(json) : json;
  }
  return fields;
}

/** Drops `x-…` keys where the schema closes a map, so that the kind never sees what the author meant to be ignored. */
function withoutExtensions(value: Json, schema: unknown): Json {
  if (!isSchemaObject(schema) || value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => withoutExtensions(item, schema.items));
  const properties = isSchemaObject(schema.properties) ? schema.properties : undefined;
  if (properties === undefined || schema.additionalProperties !== false) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => Object.hasOwn(properties, key) || !key.startsWith('x-'))
      .map(([key, each]) => [key, withoutExtensions(each, properties[key])]),
  );
}

function isSchemaObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function fieldSpansOf(node: SourceMap): Record<string, Span> {
  const spans: Record<string, Span> = {};
  for (const { key, value } of node.entries.values()) if (!key.startsWith('x-')) spans[key] = value.span;
  const on = child(child(node, 'retry'), 'on');
  if (on !== undefined) spans['retry.on'] = on.span;
  return spans;
}
