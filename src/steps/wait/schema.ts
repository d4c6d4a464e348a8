/** The fields of a wait step. */
import { Type } from '@sinclair/typebox';

export const waitSchema = Type.Object(
  {
    event: Type.String({
      minLength: 1,
      description: 'Name of the event, as `keystone event` or an `emit` step gives it.',
    }),
    match: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Expression over `data` (the event’s data) and `event` `{name, id, ts}` that must hold; events that do not match are left for others.',
      }),
    ),
    oneShot: Type.Optional(
      Type.Boolean({
        default: true,
        description:
          'The event is taken out, so that no other step gets it. With `false` it stays, and only events sent since the run began count.',
      }),
    ),
  },
  { additionalProperties: false },
);
