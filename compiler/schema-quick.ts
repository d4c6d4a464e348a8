/**
 * Two one-sided answers that spare loading the JSON Schema library: "this value certainly fits" and "this schema is certainly
 * valid". `false` only means that the library has to decide.
 */
import type { Json } from './json.ts';

type Check = (operand: unknown, value: Json, schema: Readonly<Record<string, unknown>>) => boolean;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isNumber = (value: unknown): value is number => typeof value === 'number';
const isCount = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 0;

const ANNOTATIONS: ReadonlySet<string> = new Set([
  'title',
  'description',
  'default',
  'examples',
  '$comment',
  'deprecated',
  'readOnly',
  'writeOnly',
  '$schema',
]);
const TYPES: ReadonlySet<string> = new Set([
  'string',
  'number',
  'integer',
  'boolean',
  'array',
  'object',
  'null',
]);

/** True only when the value fits the schema for certain. */
export function accepts(schema: unknown, value: Json): boolean {
  if (schema === true) return true;
  if (!isRecord(schema)) return false;
  return Object.entries(schema).every(([key, operand]) => {
    if (ANNOTATIONS.has(key) || key.startsWith('x-')) return true;
    const check = Object.hasOwn(CHECKS, key) ? CHECKS[key] : undefined;
    return check?.(operand, value, schema);
  });
}

const CHECKS: Readonly<Record<string, Check>> = {
  type: (operand, value) =>
    typeof operand === 'string'
      ? hasType(operand, value)
      : Array.isArray(operand) && operand.some((type) => hasType(String(type), value)),
  enum: (operand, value) => Array.isArray(operand) && isPrimitive(value) && operand.includes(value),
  const: (operand, value) => isPrimitive(value) && operand === value,
  minimum: (operand, value) => isNumber(operand) && (!isNumber(value) || value >= operand),
  maximum: (operand, value) => isNumber(operand) && (!isNumber(value) || value <= operand),
  exclusiveMinimum: (operand, value) => isNumber(operand) && (!isNumber(value) || value > operand),
  exclusiveMaximum: (operand, value) => isNumber(operand) && (!isNumber(value) || value < operand),
  // Characters are code points; a text has at most as many as it has UTF-16 units, and at least half of them.
  minLength: (operand, value) =>
    isNumber(operand) &&
    (typeof value !== 'string' || value.length / 2 >= operand || [...value].length >= operand),
  maxLength: (operand, value) => isNumber(operand) && (typeof value !== 'string' || value.length <= operand),
  pattern: (operand, value) =>
    typeof operand === 'string' && (typeof value !== 'string' || matches(operand, value)),
  multipleOf: (operand, value) =>
    Number.isSafeInteger(operand) &&
    Number(operand) > 0 &&
    (!isNumber(value) || (Number.isSafeInteger(value) && value % Number(operand) === 0)),
  uniqueItems: (operand, value) =>
    operand === false ||
    (operand === true &&
      (!Array.isArray(value) || (value.every(isPrimitive) && new Set(value).size === value.length))),
  minProperties: (operand, value) =>
    isNumber(operand) && (!isRecord(value) || Object.keys(value).length >= operand),
  maxProperties: (operand, value) =>
    isNumber(operand) && (!isRecord(value) || Object.keys(value).length <= operand),
  minItems: (operand, value) => isNumber(operand) && (!Array.isArray(value) || value.length >= operand),
  maxItems: (operand, value) => isNumber(operand) && (!Array.isArray(value) || value.length <= operand),
  items: (operand, value) => !Array.isArray(value) || value.every((item) => accepts(operand, item)),
  required: (operand, value) =>
    Array.isArray(operand) &&
    (!isRecord(value) || operand.every((name) => Object.hasOwn(value, String(name)))),
  properties: (operand, value) =>
    isRecord(operand) &&
    (!isRecord(value) ||
      Object.entries(operand).every(
        ([name, each]) =>
          !Object.hasOwn(value, name) || accepts(each, (value as Record<string, Json>)[name] ?? null),
      )),
  patternProperties: (operand, value) =>
    isRecord(operand) &&
    (!isRecord(value) ||
      Object.entries(operand).every(([pattern, each]) =>
        Object.entries(value as Record<string, Json>).every(
          ([name, item]) => !matches(pattern, name, true) || accepts(each, item),
        ),
      )),
  additionalProperties: (operand, value, schema) =>
    !isRecord(value) || additional(operand, value as Record<string, Json>, schema),
  anyOf: (operand, value) => Array.isArray(operand) && operand.some((each) => accepts(each, value)),
  allOf: (operand, value) => Array.isArray(operand) && operand.every((each) => accepts(each, value)),
  oneOf: (operand, value) =>
    Array.isArray(operand) &&
    operand.every(isRequiredOnly) &&
    isRecord(value) &&
    operand.filter((each) => accepts(each, value)).length === 1,
};

function additional(
  operand: unknown,
  value: Record<string, Json>,
  schema: Readonly<Record<string, unknown>>,
): boolean {
  const properties = isRecord(schema.properties) ? schema.properties : {};
  const patterns = isRecord(schema.patternProperties) ? Object.keys(schema.patternProperties) : [];
  return Object.entries(value).every(
    ([name, item]) =>
      Object.hasOwn(properties, name) ||
      patterns.some((pattern) => matches(pattern, name)) ||
      accepts(operand, item),
  );
}

function isRequiredOnly(schema: unknown): boolean {
  return (
    isRecord(schema) &&
    Object.entries(schema).every(([key, value]) => key === 'required' && Array.isArray(value))
  );
}

function isPrimitive(value: Json): value is string | number | boolean | null {
  return value === null || typeof value !== 'object';
}

function hasType(type: string, value: Json): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isRecord(value);
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return isNumber(value) && Number.isFinite(value);
    default:
      return TYPES.has(type) && typeof value === type;
  }
}

/** `unknown` when the pattern is no regular expression: then the library speaks. */
function matches(pattern: string, text: string, unknown = false): boolean {
  try {
    return new RegExp(pattern, 'u').test(text);
  } catch {
    return unknown;
  }
}

type OperandCheck = (operand: unknown) => boolean;
const text: OperandCheck = (operand) => typeof operand === 'string';
const schemas: OperandCheck = (operand) =>
  Array.isArray(operand) && operand.length > 0 && operand.every(isPlainlyValidSchema);
const named: OperandCheck = (operand) =>
  isRecord(operand) && Object.values(operand).every(isPlainlyValidSchema);
const patterns: OperandCheck = (operand) =>
  named(operand) && isRecord(operand) && Object.keys(operand).every(isPattern);

const OPERANDS: Readonly<Record<string, OperandCheck>> = {
  type: (operand) =>
    (Array.isArray(operand) && operand.length > 0 && new Set(operand).size === operand.length
      ? operand
      : [operand]
    ).every((type) => typeof type === 'string' && TYPES.has(type)),
  enum: (operand) =>
    Array.isArray(operand) &&
    operand.length > 0 &&
    operand.every((value) => value === null || typeof value !== 'object') &&
    new Set(operand).size === operand.length,
  const: () => true,
  minimum: isNumber,
  maximum: isNumber,
  exclusiveMinimum: isNumber,
  exclusiveMaximum: isNumber,
  multipleOf: (operand) => isNumber(operand) && operand > 0,
  uniqueItems: (operand) => typeof operand === 'boolean',
  format: text,
  not: isPlainlyValidSchema,
  minProperties: isCount,
  maxProperties: isCount,
  minLength: isCount,
  maxLength: isCount,
  minItems: isCount,
  maxItems: isCount,
  pattern: (operand) => typeof operand === 'string' && isPattern(operand),
  items: isPlainlyValidSchema,
  additionalProperties: isPlainlyValidSchema,
  properties: named,
  patternProperties: patterns,
  required: (operand) =>
    Array.isArray(operand) &&
    operand.every((name) => typeof name === 'string') &&
    new Set(operand).size === operand.length,
  anyOf: schemas,
  allOf: schemas,
  title: text,
  description: text,
  $comment: text,
  default: () => true,
  examples: Array.isArray,
};

/** True only when the schema is valid for certain. */
export function isPlainlyValidSchema(schema: unknown): boolean {
  if (typeof schema === 'boolean') return true;
  if (!isRecord(schema)) return false;
  return Object.entries(schema).every(
    ([key, operand]) => Object.hasOwn(OPERANDS, key) && OPERANDS[key]?.(operand) === true,
  );
}

export function isPattern(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
}
