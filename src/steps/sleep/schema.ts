/** The fields of a sleep step. */
import { Type } from '@sinclair/typebox';
import { durationSchema } from '../duration.ts';

const zoneText = 'IANA name of a time zone, such as `Europe/Berlin`, or `UTC`.';

export const sleepSchema = Type.Object(
  {
    duration: Type.Optional(
      durationSchema({
        description: 'How long to wait: milliseconds, or `250ms`, `10s`, `5m`, `2h`, `3d`, `PT15M`.',
      }),
    ),
    until: Type.Optional(
      Type.Union(
        [
          Type.String({ minLength: 1 }),
          Type.Object(
            {
              cron: Type.String({ minLength: 1, description: 'Five fields, or six with seconds first.' }),
              timezone: Type.Optional(Type.String({ minLength: 1, description: zoneText })),
            },
            { additionalProperties: false },
          ),
        ],
        {
          description:
            'When to wake: an ISO time (`2026-12-24T18:00:00Z`), or the next run of a cron expression (`0 9 * * 1-5`, or `{ cron, timezone }`). A time that is past wakes at once.',
          examples: ['2026-12-24T18:00:00Z', '0 9 * * 1-5', { cron: '0 9 * * 1-5', timezone: 'UTC' }],
        },
      ),
    ),
    timezone: Type.Optional(
      Type.String({
        minLength: 1,
        description: `${zoneText} Needed for \`until\` without an offset, and for cron.`,
      }),
    ),
  },
  { additionalProperties: false, oneOf: [{ required: ['duration'] }, { required: ['until'] }] },
);
