/** JSON Schema as the structural walk reads it, and which schemas it can walk by itself. */
import { NOTE, type Note, PATTERN_WORDS, TEMPLATES } from '../language/notes.ts';

export interface Shape {
  readonly type?: string | readonly string[] | undefined;
  readonly properties?: Readonly<Record<string, Shape>> | undefined;
  readonly patternProperties?: Readonly<Record<string, Shape>> | undefined;
  readonly additionalProperties?: boolean | Shape | undefined;
  readonly required?: readonly string[] | undefined;
  readonly items?: Shape | undefined;
  readonly anyOf?: readonly Shape[] | undefined;
  readonly oneOf?: readonly Shape[] | undefined;
  readonly const?: unknown | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly exclusiveMinimum?: number | undefined;
  readonly exclusiveMaximum?: number | undefined;
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly pattern?: string | undefined;
  readonly minItems?: number | undefined;
  readonly maxItems?: number | undefined;
  readonly description?: string | undefined;
  readonly default?: unknown | undefined;
  readonly examples?: readonly unknown[] | undefined;
  readonly [PATTERN_WORDS]?: string | undefined;
  readonly [NOTE]?: Note | undefined;
  readonly [TEMPLATES]?: boolean | undefined;
}

const WALKED: ReadonlySet<string> = new Set([
  'type',
  'properties',
  'patternProperties',
  'additionalProperties',
  'required',
  'items',
  'anyOf',
  'oneOf',
  'const',
  'enum',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'minLength',
  'maxLength',
  'pattern',
  'minItems',
  'maxItems',
  'description',
  'default',
  'examples',
  'title',
  '$id',
  '$comment',
  'deprecated',
  'readOnly',
  'writeOnly',
]);

const answers = new WeakMap<object, boolean>();

/** True when every keyword in the schema is one the walk knows; any other schema is left to the JSON Schema library. */
export function isWalkable(schema: unknown): boolean {
  if (typeof schema === 'boolean') return true;
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return false;
  const known = answers.get(schema);
  if (known !== undefined) return known;
  answers.set(schema, true);
  const answer = Object.entries(schema).every(([key, value]) => isWalkableKeyword(key, value));
  answers.set(schema, answer);
  return answer;
}

function isWalkableKeyword(key: string, value: unknown): boolean {
  if (key.startsWith('x-')) return true;
  if (!WALKED.has(key)) return false;
  if (key === 'properties' || key === 'patternProperties') {
    return typeof value === 'object' && value !== null && Object.values(value).every(isWalkable);
  }
  if (key === 'items' || key === 'additionalProperties') return isWalkable(value);
  if (key === 'anyOf') return Array.isArray(value) && value.every(isWalkable);
  if (key === 'oneOf') return Array.isArray(value) && value.every(isRequirement);
  return true;
}

/** `{ required: [...] }` and nothing else: one of several sets of fields. */
export function isRequirement(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null) return false;
  return Object.entries(schema).every(([key, value]) => key === 'required' && Array.isArray(value));
}
