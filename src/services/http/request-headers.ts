/** Headers of a request: what authors may set, checked before anything is sent, and what is set for them. */
import { StepFailure } from '../../kernel/failure.ts';
import { printable } from './shown-url.ts';

/** What `Accept-Encoding` offers. */
export const ENCODINGS = 'gzip, deflate, br';

/** Set by the connection; an author's own would let one request be read as two. */
const NOT_SETTABLE = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const NOT_IN_VALUES = /[^\t\u0020-\u007e\u0080-\u00ff]/;

/**
 * By lower-case name, with defaults. Values are never part of a message: they may be secret.
 * @throws {StepFailure} INVALID_HEADER.
 */
export function requestHeaders(
  written: Readonly<Record<string, string | readonly string[]>>,
): Record<string, string | string[]> {
  const own = checkHeaders(written);
  return {
    accept: '*/*',
    'user-agent': 'keystone',
    // A part of a compressed body cannot be decompressed.
    ...(own.range === undefined && { 'accept-encoding': ENCODINGS }),
    ...own,
  };
}

/** By lower-case name. @throws {StepFailure} INVALID_HEADER. */
export function checkHeaders(
  written: Readonly<Record<string, string | readonly string[]>>,
): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of Object.entries(written)) {
    const key = name.toLowerCase();
    if (!NAME.test(name)) throw invalid(name, 'has a character in its name that no header may have');
    if (NOT_SETTABLE.has(key)) throw invalid(name, 'is set by keystone itself; leave it out');
    if (Object.hasOwn(headers, key)) throw invalid(name, 'is there twice; write a list of its values');
    const values = typeof value === 'string' ? [value] : [...value];
    if (values.some((each) => NOT_IN_VALUES.test(each)))
      throw invalid(name, 'has a value with a line break, or with a character that is not of latin1');
    headers[key] = typeof value === 'string' ? value : values;
  }
  return headers;
}

function invalid(name: string, why: string): StepFailure {
  return new StepFailure('INVALID_HEADER', `header "${printable(name)}" ${why}`);
}
