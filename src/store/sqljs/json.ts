/** JSON columns: the one place where stored text becomes a value again. */
import type { Json } from '../../kernel/json.ts';

export function toText(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}

/** What was stored was typed when it was written; that type is trusted on the way back. */
export function fromText<T = Json>(text: string): T {
  return JSON.parse(text) as T;
}
