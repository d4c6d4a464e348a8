/** The texts that a secret consists of: programs print a password, and not the JSON it came in. */
import type { Json } from './json.ts';

export interface SecretLeaf {
  name: string;
  value: string;
  /** It was inside a text of JSON: not what was called secret, but part of it. */
  isPart: boolean;
}

/** Shorter parts of a text are words of any output, such as the name of a region. */
const SHORTEST_PART = 4;

/** Values of objects and arrays are called `name.key`; so are those of a text that is JSON, beside the text itself. */
export function leavesOf(name: string, value: Json, isPart = false): SecretLeaf[] {
  if (value === null || typeof value === 'boolean') return [];
  if (typeof value === 'object')
    return Object.entries(value).flatMap(([key, part]) => leavesOf(`${name}.${key}`, part, isPart));
  const text = String(value);
  if (isPart && text.length < SHORTEST_PART) return [];
  return [{ name, value: text, isPart }, ...(typeof value === 'string' ? partsOf(name, value) : [])];
}

function partsOf(name: string, text: string): SecretLeaf[] {
  if (!/^\s*[[{]/.test(text)) return [];
  try {
    const value: Json = JSON.parse(text);
    return leavesOf(name, value, true);
  } catch {
    return [];
  }
}
