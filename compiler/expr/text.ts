/** Values as text: in templates, `+`, `join` and wherever a transform wants text. Bounded, because text is how results grow. */
import { isRecord } from './access.ts';
import { Refusal } from './expression-error.ts';
import { LIMITS } from './limits.ts';

/** null is nothing, text is itself, arrays and objects are JSON. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? jsonOf(value) : String(value);
}

/** @param indent spaces per level @throws {Refusal} EXPRESSION_LIMIT */
export function jsonOf(value: unknown, indent = 0): string {
  measure(value, { left: LIMITS.textLength }, 0);
  return JSON.stringify(value ?? null, undefined, indent);
}

/** Refuses text beyond the limit; returns it otherwise. */
export function boundedText(text: string): string {
  checkTextLength(text.length);
  return text;
}

/** @throws {Refusal} EXPRESSION_LIMIT */
export function checkTextLength(length: number): void {
  if (length <= LIMITS.textLength) return;
  const millions = LIMITS.textLength / 1024 / 1024;
  throw new Refusal(
    'EXPRESSION_LIMIT',
    `the result would be longer than ${millions} million characters`,
    'use a file or an artifact',
  );
}

/** Counts what a value would take as JSON before any of it is written. */
function measure(value: unknown, room: { left: number }, depth: number): void {
  room.left -= typeof value === 'string' ? value.length + 2 : 4;
  if (room.left < 0) checkTextLength(LIMITS.textLength - room.left);
  if (depth > LIMITS.valueDepth) throw tooDeep();
  if (Array.isArray(value)) for (const item of value) measure(item, room, depth + 1);
  else if (isRecord(value)) {
    for (const key of Object.keys(value)) {
      room.left -= key.length + 3;
      measure(value[key], room, depth + 1);
    }
  }
}

export function tooDeep(): Refusal {
  return new Refusal('EXPRESSION_LIMIT', `the value is nested deeper than ${LIMITS.valueDepth} levels`);
}
