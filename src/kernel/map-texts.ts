/** A JSON value with every text and key replaced, and every number. */
import type { Json } from './json.ts';

/** @returns the very same object when nothing changed. */
export function mapTexts(
  value: Json,
  onText: (text: string) => Json,
  onNumber: (number: number) => Json,
): Json {
  if (typeof value === 'string') return onText(value);
  if (typeof value === 'number') return onNumber(value);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const mapped = value.map((part) => mapTexts(part, onText, onNumber));
    return mapped.some((part, index) => part !== value[index]) ? mapped : value;
  }
  let changed = false;
  const entries = Object.entries(value).map(([key, part]): [string, Json] => {
    const newKey = String(onText(key));
    const newPart = mapTexts(part, onText, onNumber);
    changed ||= newKey !== key || newPart !== part;
    return [newKey, newPart];
  });
  return changed ? Object.fromEntries(entries) : value;
}
