/** Is this value allowed for that key? If not, one sentence on what is expected and what was found. */
import type { TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { DURATION_PATTERN } from './leaves.ts';

/** The complaint, or undefined when the value is fine. */
export function complaintAbout(schema: TSchema, value: unknown): string | undefined {
  if (typeof value === 'string' && value.includes('${{')) {
    return 'expressions in the configuration are not supported by this version yet; write the value itself';
  }
  if (Array.isArray(schema.enum)) {
    return schema.enum.includes(value) ? undefined : `expected ${expectation(schema)}, found ${show(value)}`;
  }
  if (Value.Check(schema, value)) return undefined;
  return insideComplaint(schema, value) ?? `expected ${expectation(schema)}, found ${show(value)}`;
}

/** For mappings and lists: what is wrong with which part. */
function insideComplaint(schema: TSchema, value: unknown): string | undefined {
  if (schema.type !== 'object' && schema.type !== 'array') return undefined;
  const first = Value.Errors(schema, value).First();
  if (first === undefined || first.path === '') return undefined;
  const path = first.path.slice(1).replaceAll('/', '.');
  if (first.message === 'Unexpected property') return `"${path}" is not known here`;
  return first.value === undefined
    ? `"${path}" is missing`
    : `"${path}": expected ${expectation(first.schema)}, found ${show(first.value)}`;
}

function expectation(schema: TSchema): string {
  if (Array.isArray(schema.enum)) return schema.enum.join(', ').replace(/, ([^,]+)$/, ' or $1');
  if (schema.type === 'boolean') return 'true or false';
  if (schema.type === 'string') return 'text';
  if (schema.type === 'integer') {
    const range =
      schema.maximum === undefined
        ? `of at least ${schema.minimum}`
        : `from ${schema.minimum} to ${schema.maximum}`;
    return `a whole number ${range}`;
  }
  const choices: TSchema[] = schema.anyOf ?? [];
  if (choices.some((choice) => choice.pattern === DURATION_PATTERN)) {
    return 'a duration such as 30s, 5m or 2h, or milliseconds';
  }
  if (choices.some(({ type }) => type === 'array')) return 'text or a list of texts';
  if (schema.type === 'array') return 'a list';
  if (schema.type === 'object') return 'a mapping';
  return 'a whole number of at least 1, or { limit: <number> }';
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
