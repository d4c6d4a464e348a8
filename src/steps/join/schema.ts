/** The fields of a join step. `compiler/lower` makes them the plan's `join`. */
import { Type } from '@sinclair/typebox';
import { durationSchema } from '../duration.ts';

export const joinSchema = Type.Object(
  {
    condition: Type.Optional(
      Type.Union(
        [
          Type.Literal('all'),
          Type.Literal('any'),
          Type.Integer({ minimum: 1 }),
          Type.String({ pattern: '^([1-9][0-9]*|[0-9]+(\\.[0-9]+)?\\s*%)$' }),
        ],
        {
          default: 'all',
          description:
            'How many of `needs` must succeed: `all`, `any`, a number, or a share such as `"60%"`.',
          // The compiler's rule about joins says more precisely what is wrong.
          'x-keystone': 'elsewhere',
        },
      ),
    ),
    timeout: Type.Optional(
      durationSchema({
        description: 'How long to wait for the condition, counted from the start of the first need.',
      }),
    ),
    onTimeout: Type.Optional(
      Type.Union([Type.Literal('fail'), Type.Literal('partial')], {
        default: 'fail',
        description: 'When the time is over: `fail`, or go on with a `partial` result.',
      }),
    ),
    cancelRest: Type.Optional(
      Type.Boolean({
        default: true,
        description:
          'Once the join goes on, ends the needs that have not ended and that no other step waits for, with all that was done only for them.',
      }),
    ),
  },
  { additionalProperties: false },
);
