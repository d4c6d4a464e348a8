/** The fields of an emit step. */
import { Type } from '@sinclair/typebox';
import { durationSchema } from '../duration.ts';

export const emitSchema = Type.Object(
  {
    event: Type.String({ minLength: 1, description: 'Name of the event.' }),
    data: Type.Optional(
      Type.Unknown({ description: 'What the `wait` step gets as its output. Default: null.' }),
    ),
    scope: Type.Optional(
      Type.Unsafe<'run' | 'project'>({
        type: 'string',
        enum: ['run', 'project'],
        default: 'run',
        description:
          'Who may wait for it: steps of this run, its parents and children; or steps of any run of the project.',
      }),
    ),
    ttl: Type.Optional(
      durationSchema({
        default: '7d',
        description: 'How long it is kept for a step that does not wait yet.',
      }),
    ),
  },
  { additionalProperties: false },
);
