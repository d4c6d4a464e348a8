/** The moment a sleep ends: an ISO time, or the next run of a cron expression, in a stated zone. */
import { createRequire } from 'node:module';
import type * as Croner from 'croner';
import { StepFailure } from '../../kernel/failure.ts';

/** As written in `until` and `timezone`. */
export interface Until {
  until: string | { cron: string; timezone?: string };
  timezone?: string;
}

const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?$/i;
const BEGINS_AS_DATE = /^\d{4}-\d/;

/**
 * Wall clock in ms; may be past. A cron expression gives its first run after `now`.
 * @throws {StepFailure} BAD_TIME, BAD_TIMEZONE, BAD_CRON, CRON_NEVER; none can be mended by another attempt.
 */
export function untilMs({ until, timezone }: Until, now: number): number {
  if (typeof until !== 'string') return nextRun(until.cron, until.timezone ?? timezone, now);
  const text = until.trim();
  return BEGINS_AS_DATE.test(text) ? isoMs(text, timezone) : nextRun(text, timezone, now);
}

function isoMs(text: string, timezone: string | undefined): number {
  const parts = ISO.exec(text);
  if (parts === null || !exists(parts)) {
    throw new StepFailure(
      'BAD_TIME',
      `${JSON.stringify(text)} is not an ISO time; write 2026-12-24T18:00:00Z, or 2026-12-24T18:00 with timezone: Europe/Berlin`,
    );
  }
  const [, , , , hour = '00', minute = '00', second = '00', fraction = '', offset] = parts;
  const local = `${text.slice(0, 10)}T${hour}:${minute}:${second}`;
  const ms = fraction === '' ? 0 : Math.floor(Number(`0.${fraction}`) * 1000);
  if (offset !== undefined) return Date.parse(`${local}${withColon(offset)}`) + ms;
  const zone = requireZone(timezone, `${JSON.stringify(text)} does not say in which zone`);
  return new (croner().CronDate)(local, zone).getTime() + ms;
}

/** No 30th of February, no 25th hour: what JavaScript would silently take for another time. */
function exists([, year, month, day, hour = '0', minute = '0', second = '0']: RegExpExecArray): boolean {
  const numbers = [year, month, day, hour, minute, second].map(Number);
  const [y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0] = numbers;
  const date = new Date(Date.UTC(y, mo - 1, d, h, mi, s));
  return date.toISOString().slice(0, 19) === numbers.map(pad).join('-').replace(SEPARATED, '$1T$2:$3:$4');
}

const SEPARATED = /^(\d{4}-\d\d-\d\d)-(\d\d)-(\d\d)-(\d\d)$/;
const pad = (number: number, index: number): string => String(number).padStart(index === 0 ? 4 : 2, '0');
const withColon = (offset: string): string =>
  offset.toUpperCase() === 'Z' ? 'Z' : `${offset.slice(0, 3)}:${offset.slice(-2)}`;

function nextRun(cron: string, timezone: string | undefined, now: number): number {
  const zone = requireZone(timezone, `the cron expression "${cron}" does not say in which zone`);
  const next = parseCron(cron, zone).nextRun(new Date(now));
  if (next !== null) return next.getTime();
  throw new StepFailure('CRON_NEVER', `the cron expression "${cron}" never comes: there is no such day`);
}

function parseCron(cron: string, zone: string): Croner.Cron {
  try {
    return new (croner().Cron)(cron, { timezone: zone, mode: '5-or-6-parts', paused: true });
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error);
    throw new StepFailure(
      'BAD_CRON',
      `"${cron}" is neither an ISO time nor a cron expression (${why}); write minute hour day month weekday, such as 0 9 * * 1-5`,
    );
  }
}

function requireZone(timezone: string | undefined, missing: string): string {
  if (timezone === undefined)
    throw new StepFailure('BAD_TIMEZONE', `${missing}; add timezone: Europe/Berlin, or UTC`);
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
    return timezone;
  } catch {
    throw new StepFailure('BAD_TIMEZONE', `"${timezone}" is no time zone; write Europe/Berlin, or UTC`);
  }
}

let loaded: typeof Croner | undefined;

/** Only for a workflow that needs it, and at once: what a step waits for is decided in one turn. */
function croner(): typeof Croner {
  if (loaded === undefined) {
    const bundled = typeof require === 'function';
    const load = bundled ? undefined : createRequire(import.meta.url);
    loaded = (load === undefined ? require('croner') : load('croner')) as typeof Croner;
  }
  return loaded;
}
