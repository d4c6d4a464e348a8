/** The fields of a human step. */
import { Type } from '@sinclair/typebox';

export const INPUT_TYPES = ['confirm', 'text', 'select', 'form'] as const;

export const humanSchema = Type.Object(
  {
    message: Type.String({ minLength: 1, description: 'What is asked.' }),
    inputType: Type.Optional(
      Type.Unsafe<(typeof INPUT_TYPES)[number]>({
        type: 'string',
        enum: [...INPUT_TYPES],
        default: 'confirm',
        description:
          '`confirm`: yes or no; `text`: any text; `select`: one of `options`; `form`: an object that fits `schema`.',
      }),
    ),
    options: Type.Optional(
      Type.Array(Type.Unknown(), { minItems: 1, description: 'Of `select`: what may be chosen.' }),
    ),
    schema: Type.Optional(
      Type.Unsafe<object | boolean>({
        type: ['object', 'boolean'],
        'x-keystone': 'jsonSchema',
        description: 'JSON Schema of the answer: needed for `form`, and narrows `text`.',
      }),
    ),
    default: Type.Optional(
      Type.Unknown({
        description: 'The answer when the step’s `timeout` is over; without it the step fails with TIMEOUT.',
      }),
    ),
    rewindTo: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Id of an earlier step, which this one needs. An answer of no (`false`, or a form with `approved: false`) sends the run back to it: that step and all that depend on it run again.',
      }),
    ),
    assignees: Type.Optional(
      Type.Array(Type.String(), {
        description: 'Who should answer; shown with the question. Anybody who can reach the store may.',
      }),
    ),
  },
  { additionalProperties: false },
);
