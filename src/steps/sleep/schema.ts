/** The fields of a sleep step. */
import { Type } from '@sinclair/typebox';
import { durationSchema } from '../duration.ts';

export const sleepSchema = Type.Object(
  {
    duration: durationSchema({
      description:
        'How long to wait: milliseconds, or `250ms`, `10s`, `5m`, `2h`, `3d`, `PT15M`. `until` is not supported yet.',
    }),
  },
  { additionalProperties: false },
);
