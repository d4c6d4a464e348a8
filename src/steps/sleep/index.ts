/** The `sleep` kind: a durable timer, interpreted by the statechart. */
import type { Static } from '@sinclair/typebox';
import { StepFailure } from '../../kernel/failure.ts';
import { defineStep } from '../define.ts';
import { durationMs } from '../duration.ts';
import { problemOf } from '../field-problem.ts';
import { sleepSchema } from './schema.ts';
import { untilMs } from './until.ts';

/** Whether a cron expression ever comes does not depend on when it is asked. */
const ANY_TIME = Date.UTC(2026, 0, 1);

export const sleep = defineStep({
  kind: 'sleep',
  summary: 'Waits for a time; the wait is durable and survives a crash or a restart.',
  schema: sleepSchema,
  control: 'suspend',
  takesSlot: false,
  check: (written, computed) => {
    if (computed.size > 0) return undefined;
    const fields = written as SleepFields;
    if (fields.until === undefined)
      return fields.timezone === undefined
        ? undefined
        : {
            field: 'timezone',
            message: '"timezone" belongs to "until"; a duration is as long in every zone',
          };
    const isZone = ({ code }: StepFailure): boolean =>
      code === 'BAD_TIMEZONE' && fields.timezone !== undefined;
    return problemOf(
      () => wakeTime(fields, ANY_TIME),
      (failure) => (isZone(failure) ? 'timezone' : 'until'),
    );
  },
  suspend: (fields, now) => {
    const dueAt = wakeTime(fields, now);
    return { for: 'time', dueAt, ...(fields.until !== undefined && { clock: 'wall' as const }) };
  },
  describe: ({ duration, until, timezone }) => {
    if (until === undefined) return `sleep ${typeof duration === 'number' ? `${duration}ms` : duration}`;
    const [when, zone] =
      typeof until === 'string' ? [until, timezone] : [until.cron, until.timezone ?? timezone];
    return `sleep until ${when}${zone === undefined ? '' : ` (${zone})`}`;
  },
});

type SleepFields = Static<typeof sleepSchema>;

function wakeTime({ duration, until, timezone }: SleepFields, now: number): number {
  if (until !== undefined) return untilMs({ until, ...(timezone !== undefined && { timezone }) }, now);
  if (duration !== undefined) return now + durationMs(duration);
  throw new StepFailure('INVALID_FIELDS', 'a sleep step needs "duration" or "until"');
}
