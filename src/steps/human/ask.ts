/** From the fields of a human step to the question it asks. */
import type { Static } from '@sinclair/typebox';
import { validateValue } from '#compiler';
import { StepFailure } from '../../kernel/failure.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import type { AnswerSuspension } from '../define.ts';
import { problemOf } from '../field-problem.ts';
import type { humanSchema } from './schema.ts';

type HumanFields = Static<typeof humanSchema>;

/** @throws {StepFailure} INVALID_FIELDS when the fields do not belong together, or the default is no answer. */
export function ask(fields: HumanFields): AnswerSuspension {
  const { message, inputType = 'confirm', options, assignees } = fields;
  const schema = schemaOf(inputType, fields);
  if (fields.default !== undefined) requireAnswer(schema, fields.default as Json);
  return {
    for: 'answer',
    message,
    inputType,
    schema,
    ...(options !== undefined && { options: options as Json[] }),
    ...(assignees !== undefined && { assignees }),
    ...(fields.default !== undefined && { default: { value: fields.default as Json } }),
  };
}

const TOGETHER = ['inputType', 'options', 'schema', 'default'] as const;

/** The same before the run, when nothing of it is computed. */
export function askable(
  written: Readonly<Record<string, Json>>,
  computed: ReadonlySet<string>,
): { field: string; message: string } | undefined {
  if (TOGETHER.some((name) => computed.has(name))) return undefined;
  const to = (message: string): string =>
    TOGETHER.find((name) => written[name] !== undefined && message.startsWith(`"${name}"`)) ?? 'inputType';
  return problemOf(
    () => ask(written as unknown as HumanFields),
    ({ message }) => to(message),
  );
}

function schemaOf(inputType: AnswerSuspension['inputType'], { options, schema }: HumanFields): JsonObject {
  if ((options !== undefined) !== (inputType === 'select'))
    throw wrong(
      inputType === 'select' ? 'select needs "options"' : `"options" belong to select, not to ${inputType}`,
    );
  switch (inputType) {
    case 'confirm':
      return { type: 'boolean' };
    case 'select':
      return { enum: options as Json[] };
    case 'text':
      return { type: 'string', minLength: 1, ...objectOf(schema) };
    case 'form':
      if (schema === undefined) throw wrong('a form needs "schema", the JSON Schema of the answer');
      return { type: 'object', ...objectOf(schema) };
    default:
      return inputType satisfies never;
  }
}

const objectOf = (schema: HumanFields['schema']): JsonObject =>
  typeof schema === 'object' ? (schema as JsonObject) : {};

function requireAnswer(schema: JsonObject, value: Json): void {
  const [problem] = validateValue(schema, value);
  if (problem === undefined) return;
  throw wrong(`"default" is no answer: ${problem.path === '' ? 'it' : problem.path} ${problem.message}`);
}

const wrong = (message: string): StepFailure => new StepFailure('INVALID_FIELDS', message);
