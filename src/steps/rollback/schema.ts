/** The fields of a rollback step. */
import { Type } from '@sinclair/typebox';

export const rollbackSchema = Type.Object(
  {
    scope: Type.Optional(
      Type.String({
        minLength: 1,
        default: 'workflow',
        description:
          'What is undone: the id of one step, with all its items, or `workflow` for everything that was done so far.',
      }),
    ),
    // biome-ignore lint/suspicious/noThenProperty: a field of the language, in a schema nobody awaits
    then: Type.Optional(
      Type.Unsafe<'continue' | 'retry' | 'fail'>({
        type: 'string',
        enum: ['continue', 'retry', 'fail'],
        default: 'continue',
        description:
          '`continue`: go on with the next step; `retry`: run the scope again, and all that depends on it; `fail`: this step fails.',
      }),
    ),
    rounds: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1000,
        default: 1,
        description: 'How often `then: retry` goes back; the next time the step fails with ROLLED_BACK.',
      }),
    ),
  },
  { additionalProperties: false },
);
