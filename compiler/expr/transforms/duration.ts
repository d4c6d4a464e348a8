/** Durations in expressions, as the workflow language writes them. */

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const SHORT = /^(-?)(\d+(?:\.\d+)?)\s*(ms|[smhdw])?$/;
const ISO =
  /^(-?)P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/**
 * Milliseconds of `250ms`, `10s`, `5m`, `2h`, `3d`, `1w`, a plain number of milliseconds or ISO 8601 without months and years,
 * each with an optional `-`. Undefined for anything else.
 */
export function durationMs(text: string): number | undefined {
  const trimmed = text.trim();
  const short = SHORT.exec(trimmed);
  if (short) return signed(short[1], Number(short[2]) * (UNITS_MS[short[3] ?? 'ms'] ?? 1));
  const iso = ISO.exec(trimmed);
  if (!iso || /[PT]$/.test(trimmed)) return undefined;
  const [, sign, weeks, days, hours, minutes, seconds] = iso;
  const parts: [string | undefined, number][] = [
    [weeks, UNITS_MS.w!],
    [days, UNITS_MS.d!],
    [hours, UNITS_MS.h!],
    [minutes, UNITS_MS.m!],
    [seconds, UNITS_MS.s!],
  ];
  return signed(
    sign,
    parts.reduce((sum, [count, unit]) => sum + Number(count ?? 0) * unit, 0),
  );
}

function signed(sign: string | undefined, ms: number): number {
  return sign === '-' ? -ms : ms;
}
