/** Durations as authors write them → milliseconds. */

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SHORT = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const ISO =
  /^P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
const ISO_UNIT_MS = [7 * 86_400_000, 86_400_000, 3_600_000, 60_000, 1_000];

/**
 * Milliseconds of `250ms 10s 5m 2h 3d`, ISO 8601 `PT15M`, or a number of milliseconds.
 * Undefined for anything else: negative, not finite, years and months (which have no fixed length), nothing after `P` or `T`.
 */
export function parseDuration(value: string | number): number | undefined {
  const ms = typeof value === 'number' ? value : textMs(value.trim());
  return ms !== undefined && Number.isFinite(ms) && ms >= 0 && ms <= Number.MAX_SAFE_INTEGER
    ? Math.round(ms)
    : undefined;
}

function textMs(text: string): number | undefined {
  const short = SHORT.exec(text);
  if (short !== null) return Number(short[1]) * (UNIT_MS[short[2] ?? ''] ?? Number.NaN);
  const iso = ISO.exec(text);
  if (iso === null || text.endsWith('T') || text === 'P') return undefined;
  return iso
    .slice(1)
    .reduce((sum, part, i) => sum + (part === undefined ? 0 : Number(part) * (ISO_UNIT_MS[i] ?? 0)), 0);
}
