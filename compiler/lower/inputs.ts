/** Inputs: the JSON Schema of each value, made from `type`, `values` and whatever keywords follow. */
import type { JsonObject } from '../json.ts';
import type { InputSpec } from '../plan.ts';
import { child, type SourceEntry, type SourceMap, toJson } from '../read/source-doc.ts';
import { booleanAt, textAt } from './fields.ts';

/** Fields of an input that are no JSON Schema keywords. */
export const OWN_INPUT_FIELDS: ReadonlySet<string> = new Set(['description', 'default', 'values', 'secret']);

/** JSON Schema keywords an input may hold. */
export const KEYWORD_FIELDS: ReadonlySet<string> = new Set([
  'type',
  'enum',
  'const',
  'title',
  'examples',
  'deprecated',
  'format',
  '$comment',
  'minLength',
  'maxLength',
  'pattern',
  'contentEncoding',
  'contentMediaType',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'items',
  'prefixItems',
  'contains',
  'minContains',
  'maxContains',
  'minItems',
  'maxItems',
  'uniqueItems',
  'unevaluatedItems',
  'properties',
  'patternProperties',
  'additionalProperties',
  'propertyNames',
  'required',
  'minProperties',
  'maxProperties',
  'dependentRequired',
  'dependentSchemas',
  'unevaluatedProperties',
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  'if',
  'then',
  'else',
  '$ref',
  '$defs',
  '$id',
  '$anchor',
]);

export function lowerInputs(inputs: ReadonlyMap<string, SourceEntry>): Record<string, InputSpec> {
  const made: Record<string, InputSpec> = {};
  for (const { key, value } of inputs.values()) if (value.type === 'map') made[key] = lowerInput(value);
  return made;
}

function lowerInput(spec: SourceMap): InputSpec {
  const given = child(spec, 'default');
  const description = textAt(spec, 'description');
  return {
    schema: inputJsonSchema(spec),
    ...(given === undefined ? {} : { default: toJson(given) }),
    ...(description === undefined ? {} : { description }),
    secret: booleanAt(spec, 'secret') === true,
    required: given === undefined,
  };
}

/** The JSON Schema an input's value is checked against. */
export function inputJsonSchema(spec: SourceMap): JsonObject {
  const schema: JsonObject = {};
  for (const { key, value } of spec.entries.values())
    if (KEYWORD_FIELDS.has(key)) schema[key] = toJson(value);
  const values = child(spec, 'values');
  if (values?.type === 'seq') schema.enum = toJson(values);
  return schema;
}
