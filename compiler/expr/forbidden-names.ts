/** Keys that lead from data into the engine. Refused in the text and again for computed keys, though only own properties are read. */
export const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(['constructor', '__proto__', 'prototype']);

/** Members every JavaScript object inherits: as plain names they are habits, not data; `["toString"]` still reads data. */
const INHERITED: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

export function isForbiddenWord(word: string): boolean {
  return FORBIDDEN_NAMES.has(word) || INHERITED.has(word);
}
