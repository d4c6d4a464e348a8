/** Shape of what `pools --json` prints. */
import { Type } from '@sinclair/typebox';

const closed = { additionalProperties: false } as const;
const users = (description: string) =>
  Type.Array(
    Type.Object(
      {
        runId: Type.String(),
        workflow: Type.String(),
        step: Type.String(),
        since: Type.Number({ description: 'Since the epoch, in milliseconds' }),
      },
      closed,
    ),
    { description },
  );

export const poolsShape = Type.Array(
  Type.Object(
    {
      pool: Type.String(),
      limit: Type.Integer({
        minimum: 1,
        description: 'Slots there are: the lowest limit of the processes that use the pool now.',
      }),
      configured: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], {
        description: 'The limit configured here; null when the pool is not.',
      }),
      used: Type.Integer({ minimum: 0 }),
      utilization: Type.Number({ description: 'used of limit, from 0.' }),
      queued: Type.Integer({ minimum: 0 }),
      longestWaitMs: Type.Number({ description: 'Of those that wait now.' }),
      holders: users('Steps that hold a slot, the longest first.'),
      waiting: users('Steps that wait for one, the longest first.'),
      processes: Type.Array(
        Type.Object(
          {
            owner: Type.String(),
            slots: Type.Integer({ minimum: 0 }),
            wants: Type.Integer({ minimum: 0 }),
            limit: Type.Integer({ minimum: 0, description: 'As this process has it configured.' }),
          },
          closed,
        ),
        { description: 'How the pool is divided between processes now.' },
      ),
    },
    closed,
  ),
  { title: 'pools', description: 'Printed by pools --json: the configured pools.' },
);
