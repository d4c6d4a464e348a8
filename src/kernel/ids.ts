/** Identifiers people type: short, lower case, random first so that a few characters are enough. */
import { randomBytes } from 'node:crypto';

/** Crockford's alphabet: no i, l, o, u. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** Ten characters, 50 random bits. */
export function newRunId(): string {
  return Array.from(randomBytes(10), (byte) => ALPHABET[byte & 31]).join('');
}
