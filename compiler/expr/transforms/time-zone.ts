/** Calendar fields of a time in a zone that is named; the host's own zone is never asked for. */
import { Refusal } from '../expression-error.ts';
import { LruCache } from '../lru-cache.ts';

/** A formatter costs tens of microseconds to make. */
const formatters = new LruCache<Intl.DateTimeFormat>(50);

/** Keyed by the tokens of a format: YYYY, MM, DD, HH, mm, ss, SSS, Z. @throws {Refusal} for an unknown zone */
export function zonedFields(time: number, timezone: string): Readonly<Record<string, string>> {
  const parts = new Map(
    formatterFor(timezone)
      .formatToParts(time)
      .map(({ type, value }) => [type, value]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? '';
  const offset = part('timeZoneName').replace(/^GMT/, '');
  return {
    YYYY: part('year').padStart(4, '0'),
    MM: part('month'),
    DD: part('day'),
    HH: part('hour'),
    mm: part('minute'),
    ss: part('second'),
    SSS: part('fractionalSecond'),
    Z: offset === '' ? '+00:00' : offset,
  };
}

function formatterFor(timezone: string): Intl.DateTimeFormat {
  const known = formatters.get(timezone);
  if (known) return known;
  try {
    const formatter = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      fractionalSecondDigits: 3,
      timeZoneName: 'longOffset',
    });
    return formatters.set(timezone, formatter);
  } catch {
    throw new Refusal(
      'EXPRESSION_VALUE',
      'there is no such time zone',
      'use UTC or a name such as Europe/Lisbon',
    );
  }
}
