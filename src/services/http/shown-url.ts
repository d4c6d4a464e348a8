/**
 * A URL as people and logs may see it: without credentials, and without the values of parameters that commonly are some.
 * Escapes are undone, so that a secret in it is the text that redaction looks for.
 */

/** Parameters whose values open doors: tokens, keys, and the signatures of prepared links. */
const TELLING = /token|secret|passw|pwd|signature|credential|api[-_.]?key|access[-_.]?key|auth/i;
const TELLING_WHOLE = new Set(['key', 'sig', 'code', 'sid', 'session', 'jwt', 'assertion', 'pass', 'hmac']);
const LONGEST = 300;

/** @param url text that is no URL is shortened and otherwise left alone. */
export function shownUrl(url: URL | string): string {
  if (typeof url === 'string') return URL.canParse(url) ? shownUrl(new URL(url)) : shorten(printable(url));
  const path = unescaped(url.pathname);
  const query = url.search.slice(1).split('&').map(shownPair).join('&');
  const authority = url.host === '' ? '' : `//${url.host}`;
  return shorten(printable(`${url.protocol}${authority}${path}${query === '' ? '' : `?${query}`}`));
}

function shownPair(pair: string): string {
  const end = pair.indexOf('=');
  const name = unescaped(end < 0 ? pair : pair.slice(0, end));
  if (end < 0) return name;
  const isTelling = TELLING.test(name) || TELLING_WHOLE.has(name.toLowerCase());
  return `${name}=${isTelling ? '***' : unescaped(pair.slice(end + 1).replaceAll('+', ' '))}`;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Text from elsewhere on one line: control characters would reach a terminal. */
export function printable(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
}

const shorten = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
