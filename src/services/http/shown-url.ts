/** A URL as people and logs may see it: without credentials and without the values of parameters that commonly are some. */

/** Parameters whose values open doors: tokens, keys, and the signatures of prepared links. */
const TELLING = /token|secret|passw|pwd|signature|credential|api-?_?key|access-?_?key|auth/i;
const TELLING_WHOLE = new Set(['key', 'sig', 'code', 'sid', 'session', 'jwt', 'assertion', 'pass', 'hmac']);
const LONGEST = 300;

/** @param url text that is no URL is shortened and otherwise left alone. */
export function shownUrl(url: URL | string): string {
  if (typeof url === 'string') return URL.canParse(url) ? shownUrl(new URL(url)) : shorten(printable(url));
  const query = url.search
    .slice(1)
    .split('&')
    .map((pair) => {
      const name = pair.split('=', 1)[0] ?? '';
      return pair.length > name.length + 1 && isTelling(name) ? `${name}=***` : pair;
    })
    .join('&');
  return shorten(`${url.protocol}//${url.host}${url.pathname}${query === '' ? '' : `?${query}`}`);
}

function isTelling(name: string): boolean {
  return TELLING.test(name) || TELLING_WHOLE.has(name.toLowerCase());
}

/** Text from elsewhere on one line: control characters would reach a terminal. */
export function printable(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
}

const shorten = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
