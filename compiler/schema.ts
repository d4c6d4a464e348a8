/**
 * JSON Schema 2020-12 with formats, by ajv. Loading and starting ajv takes longer than a whole small run, so simple schemas
 * and fitting values are recognised without it, and it is loaded at the first one that needs it.
 */
import { createRequire } from 'node:module';
import type { Ajv2020 as AjvClass, ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import type { FormatsPlugin } from 'ajv-formats';
import type { Json, JsonObject } from './json.ts';
import type { JsonSchema } from './plan.ts';
import { accepts, isPattern, isPlainlyValidSchema } from './schema-quick.ts';

/** One thing wrong with a value. */
export interface SchemaError {
  /** Keys and indexes from the root to the value at fault. */
  keys: string[];
  keyword: string;
  /** Reads on after the value's name: `must be integer`. */
  message: string;
  unknownProperty?: string;
  knownProperties: string[];
  missingProperty?: string;
}

/**
 * Everything wrong with `value`; empty when it fits. `path` is like `items[2].name`, empty for the value itself.
 * @throws {Error} when the schema itself is invalid; see `schemaProblems`.
 */
export function validateValue(schema: JsonSchema, value: Json): { path: string; message: string }[] {
  return schemaErrors(schema, value).map((error) => ({
    path: pathText(error.keys),
    message: sentenceOf(error),
  }));
}

/** The same with the parts a diagnostic needs. */
export function schemaErrors(schema: unknown, value: Json): SchemaError[] {
  if (schema === true || accepts(schema, value)) return [];
  if (schema === false)
    return [{ keys: [], keyword: 'false schema', message: 'is not allowed', knownProperties: [] }];
  if (typeof schema !== 'object' || schema === null)
    throw new TypeError('a JSON Schema is a map, true or false');
  const validate = validatorOf(schema);
  if (validate(value)) return [];
  const errors = (validate.errors ?? []).map(toSchemaError);
  // A union repeats the failures of each branch; the union's own sentence is enough when it stands at the same place.
  return errors.filter((error, i) => errors.findIndex((other) => sameError(other, error)) === i);
}

/** What makes `schema` no valid JSON Schema; empty when it is one. `path` points into the schema. */
export function schemaProblems(schema: Json): { keys: string[]; message: string }[] {
  if (typeof schema === 'boolean' || isPlainlyValidSchema(schema)) return [];
  if (schema === null || typeof schema !== 'object' || Array.isArray(schema)) {
    return [{ keys: [], message: 'must be a map, true or false' }];
  }
  const { ajv } = engine();
  if (ajv.validateSchema(schema) !== true) {
    return withoutUnions((ajv.errors ?? []).map(toSchemaError)).map((error) => ({
      keys: error.keys,
      message: sentenceOf(error),
    }));
  }
  try {
    compileUncached(schema);
    return [];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return [{ keys: badPatternIn(schema, []) ?? [], message }];
  }
}

/** Where several alternatives failed at one place, the one that is not about the type says most. */
function withoutUnions(errors: readonly SchemaError[]): SchemaError[] {
  const place = (error: SchemaError): string => error.keys.join('/');
  const unions = new Set(errors.filter((error) => error.keyword === 'anyOf').map(place));
  const kept = errors.filter((error) => {
    if (!unions.has(place(error))) return true;
    if (error.keyword === 'anyOf') return false;
    return (
      error.keyword !== 'type' ||
      !errors.some((other) => place(other) === place(error) && !['type', 'anyOf'].includes(other.keyword))
    );
  });
  return kept.filter((error, i) => kept.findIndex((other) => sameError(other, error)) === i);
}

/** Keys that lead to a `pattern` that is no regular expression. */
function badPatternIn(value: Json, keys: string[]): string[] | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  for (const [key, each] of Object.entries(value)) {
    if (key === 'pattern' && typeof each === 'string' && !isPattern(each)) return [...keys, key];
    const found = badPatternIn(each, [...keys, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

interface Engine {
  ajv: AjvClass;
}
let started: Engine | undefined;

function engine(): Engine {
  started ??= start();
  return started;
}

/** `require` keeps this synchronous and lazy; the literal names let the bundler see them. */
function start(): Engine {
  const load = typeof require === 'function' ? undefined : createRequire(import.meta.url);
  const { Ajv2020 } = (load === undefined ? require('ajv/dist/2020.js') : load('ajv/dist/2020.js')) as {
    Ajv2020: typeof AjvClass;
  };
  const formats = (load === undefined ? require('ajv-formats') : load('ajv-formats')) as {
    default: FormatsPlugin;
  };
  const ajv = new Ajv2020({
    strict: false,
    allErrors: true,
    verbose: true,
    validateSchema: false,
    addUsedSchema: false,
    logger: false,
  });
  formats.default(ajv);
  return { ajv };
}

const validators = new WeakMap<object, ValidateFunction>();

function validatorOf(schema: object): ValidateFunction {
  const known = validators.get(schema);
  if (known !== undefined) return known;
  const made = compileUncached(schema);
  validators.set(schema, made);
  return made;
}

function compileUncached(schema: object): ValidateFunction {
  const { ajv } = engine();
  try {
    return ajv.compile(schema);
  } finally {
    // ajv keeps every schema it has seen; ours are kept by the WeakMap for as long as somebody holds the schema.
    ajv.removeSchema(schema);
  }
}

function toSchemaError(error: ErrorObject): SchemaError {
  const params = error.params as Record<string, unknown>;
  const text = (key: string): string | undefined =>
    typeof params[key] === 'string' ? params[key] : undefined;
  const unknown =
    error.keyword === 'additionalProperties' ? text('additionalProperty') : text('unevaluatedProperty');
  const missing = error.keyword === 'required' ? text('missingProperty') : undefined;
  const parent = error.parentSchema as JsonObject | undefined;
  const properties = parent?.properties;
  return {
    keys: error.instancePath
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~')),
    keyword: error.keyword,
    message: allowedValues(error, params) ?? error.message ?? 'is not valid',
    knownProperties: typeof properties === 'object' && properties !== null ? Object.keys(properties) : [],
    ...(unknown === undefined ? {} : { unknownProperty: unknown }),
    ...(missing === undefined ? {} : { missingProperty: missing }),
  };
}

function allowedValues(error: ErrorObject, params: Record<string, unknown>): string | undefined {
  if (error.keyword === 'enum' && Array.isArray(params.allowedValues)) {
    return `must be one of ${params.allowedValues.map((value) => JSON.stringify(value)).join(', ')}`;
  }
  return error.keyword === 'const' ? `must be ${JSON.stringify(params.allowedValue)}` : undefined;
}

/** What is wrong, reading on after the value's name. */
export function sentenceOf(error: SchemaError): string {
  if (error.unknownProperty !== undefined) return `must not have the property "${error.unknownProperty}"`;
  if (error.missingProperty !== undefined) return `must have the property "${error.missingProperty}"`;
  return error.message;
}

function sameError(a: SchemaError, b: SchemaError): boolean {
  return (
    sentenceOf(a) === sentenceOf(b) &&
    a.keys.length === b.keys.length &&
    a.keys.every((key, i) => key === b.keys[i])
  );
}

function pathText(keys: readonly string[]): string {
  return keys.reduce((path, key) => {
    if (/^\d+$/.test(key)) return `${path}[${key}]`;
    if (!/^[\w$-]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
    return path === '' ? key : `${path}.${key}`;
  }, '');
}
