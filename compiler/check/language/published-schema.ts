/**
 * The JSON Schema that editors use, made from the very schemas the checks use. Draft 7, which every editor understands; what
 * only the compiler can know (references, cycles, ids) is left to `keystone validate`.
 */
import type { KindSpec, StepCatalog } from '../../catalog.ts';
import type { Json, JsonObject } from '../../json.ts';
import { KEYWORD_FIELDS } from '../../lower/inputs.ts';
import { NOTE, TEMPLATES } from './notes.ts';
import { commonStepFields, ID_PATTERN, NOT_IN_COMPENSATE } from './step.ts';
import { inputSchema, workflowFields } from './workflow.ts';

const TEMPLATE: JsonObject = { type: 'string', pattern: '\\$\\{\\{' };
const IGNORED: JsonObject = { '^x-': {} };

/** Schema of a workflow file whose steps are of the kinds given. Plain JSON, keys in a fixed order. */
export function workflowJsonSchema(catalog: StepCatalog): JsonObject {
  const kinds = [...catalog.values()];
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Keystone workflow',
    ...closed(workflowProperties()),
    required: ['name', 'steps'],
    definitions: {
      input: inputDefinition(),
      fields: { properties: commonProperties() },
      step: stepDefinition(kinds, 'Step', ['id']),
      compensation: stepDefinition(kinds, 'Compensation', []),
      ...Object.fromEntries(kinds.map((kind) => [`${kind.kind}Step`, kindDefinition(kind, [])])),
      ...Object.fromEntries(
        kinds.map((kind) => [`${kind.kind}Compensation`, kindDefinition(kind, NOT_IN_COMPENSATE)]),
      ),
    },
  };
}

function closed(properties: JsonObject): JsonObject {
  return { type: 'object', properties, patternProperties: IGNORED, additionalProperties: false };
}

function workflowProperties(): JsonObject {
  const properties = publishAll(workflowFields, false);
  for (const block of ['steps', 'errors', 'finally']) {
    properties[block] = {
      ...objectAt(properties, block),
      type: 'array',
      items: { $ref: '#/definitions/step' },
      ...(block === 'steps' ? { minItems: 1 } : {}),
    };
  }
  properties.inputs = {
    description: textOf(properties, 'inputs'),
    type: 'object',
    patternProperties: { [ID_PATTERN]: { $ref: '#/definitions/input' } },
    additionalProperties: false,
  };
  properties.compensate = { ...objectAt(properties, 'compensate'), $ref: '#/definitions/compensation' };
  return properties;
}

function commonProperties(): JsonObject {
  const properties = publishAll(commonStepFields, false);
  properties.compensate = {
    description: textOf(properties, 'compensate'),
    allOf: [{ $ref: '#/definitions/compensation' }],
  };
  return properties;
}

function inputDefinition(): JsonObject {
  const keywords = Object.fromEntries([...KEYWORD_FIELDS].map((keyword) => [keyword, {}]));
  return { ...closed({ ...keywords, ...publishAll(inputSchema.properties, false) }), required: ['type'] };
}

/** Which kind's definition holds is decided by `type`, or by the fields that imply it. */
function stepDefinition(
  kinds: readonly KindSpec[],
  role: 'Step' | 'Compensation',
  required: string[],
): JsonObject {
  const named = kinds.map((kind) =>
    when({ properties: { type: { const: kind.kind } }, required: ['type'] }, `${kind.kind}${role}`),
  );
  const implied = kinds.flatMap((kind) =>
    kind.inferredBy === undefined
      ? []
      : [when({ required: [...kind.inferredBy], not: { required: ['type'] } }, `${kind.kind}${role}`)],
  );
  const tellers = kinds.flatMap((kind) =>
    kind.inferredBy === undefined ? [] : [{ required: [...kind.inferredBy] }],
  );
  return {
    type: 'object',
    properties: {
      id: common('id'),
      type: {
        description: commonStepFields.type.description ?? '',
        anyOf: kinds.map((kind) => ({ const: kind.kind, description: kind.summary })),
      },
    },
    required,
    anyOf: [{ required: ['type'] }, ...tellers],
    allOf: [...named, ...implied],
  };
}

function when(condition: JsonObject, definition: string): JsonObject {
  return Object.fromEntries([
    ['if', condition],
    ['then', { $ref: `#/definitions/${definition}` }],
  ]);
}

const common = (name: string): JsonObject => ({ $ref: `#/definitions/fields/properties/${name}` });

function kindDefinition(kind: KindSpec, without: readonly string[]): JsonObject {
  const { properties, required, additionalProperties: _, type: __, ...whole } = kind.schema;
  const shared = Object.keys(commonStepFields).filter(
    (name) => !without.includes(name) && !Object.hasOwn(properties, name),
  );
  const own = publishAll(properties, true);
  for (const field of kind.expressionFields ?? []) {
    if (Object.hasOwn(own, field))
      own[field] = { description: textOf(own, field), type: ['string', 'boolean'] };
  }
  return {
    description: kind.summary,
    ...(publish(whole, false) as JsonObject),
    ...closed({ ...Object.fromEntries(shared.map((name) => [name, common(name)])), ...own }),
    ...(required === undefined ? {} : { required: [...required] }),
  };
}

function publishAll(properties: Readonly<Record<string, object>>, templates: boolean): JsonObject {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, publish(schema, templates)]),
  );
}

/** A schema without our notes, with `${{ }}` allowed wherever the checks allow it. */
function publish(schema: unknown, templates: boolean): Json {
  if (!isObject(schema)) return schema as Json;
  const allowed = templates || schema[TEMPLATES] === true;
  const made: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key.startsWith(NOTE)) continue;
    made[key] = publishKeyword(key, value, allowed);
  }
  if (made.type === 'object' && made.additionalProperties === false && isObject(made.properties)) {
    made.patternProperties = {
      ...IGNORED,
      ...(isObject(made.patternProperties) ? (made.patternProperties as JsonObject) : {}),
    };
  }
  return allowed && schema[NOTE] !== 'expression' ? orTemplate(made) : made;
}

function publishKeyword(key: string, value: unknown, templates: boolean): Json {
  if ((key === 'properties' || key === 'patternProperties') && isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, publish(each, templates)]));
  }
  if (key === 'items' || key === 'additionalProperties') return publish(value, templates);
  // One alternative that allows a template is enough, and that is added to the whole.
  if (key === 'anyOf' && Array.isArray(value)) return value.map((each) => publish(each, false));
  return JSON.parse(JSON.stringify(value)) as Json;
}

/** Adds `${{ }}` as an alternative, unless any text is allowed anyway. */
function orTemplate(schema: JsonObject): JsonObject {
  const { description, default: fallback, examples, ...rest } = schema;
  const open = Object.keys(rest).length === 0 || (rest.type === 'string' && Object.keys(rest).length === 1);
  if (open) return schema;
  return {
    ...(description === undefined ? {} : { description }),
    ...(fallback === undefined ? {} : { default: fallback }),
    ...(examples === undefined ? {} : { examples }),
    anyOf: [rest, TEMPLATE],
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectAt(from: JsonObject, key: string): JsonObject {
  const value = from[key];
  return isObject(value) ? (value as JsonObject) : {};
}

function textOf(from: JsonObject, key: string): string {
  const { description } = objectAt(from, key);
  return typeof description === 'string' ? description : '';
}
