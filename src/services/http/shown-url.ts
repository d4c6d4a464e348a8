/**
 * A URL as people and logs may see it: without credentials, and without what follows a parameter that commonly is one.
 * Otherwise it keeps the texts that redaction looks for: what an author wrote as it is written, what a server sent with its
 * escapes undone.
 */

/** Parameters whose values open doors: tokens, keys, and the signatures of prepared links. */
const TELLING = /token|secret|passw|pwd|signature|credential|api[-_.]?key|access[-_.]?key|auth/i;
const TELLING_WHOLE = new Set(['key', 'sig', 'code', 'sid', 'session', 'jwt', 'assertion', 'pass', 'hmac']);
const LONGEST = 300;

/** @param url text is taken as an author's, also when it is no URL. */
export function shownUrl(url: URL | string): string {
  const text = typeof url === 'string' ? url : unescaped(url);
  return shortened(printable(withoutTelling(withoutCredentials(text))), LONGEST);
}

function withoutCredentials(text: string): string {
  // In what is no URL, nobody knows where credentials would end.
  const pattern = URL.canParse(text) ? /^([a-z][a-z\d+.-]*:\/*)[^/?#]*@/i : /^([a-z][a-z\d+.-]*:\/*).*@/is;
  return text.replace(pattern, '$1');
}

/** All that follows, too: the value may hold an ampersand, and half of a secret is found by nobody. */
function withoutTelling(text: string): string {
  for (const match of text.matchAll(/[?&#;]([^=&#?;]*)=/g)) {
    const name = decoded(match[1] ?? '');
    if (TELLING.test(name) || TELLING_WHOLE.has(name.toLowerCase()))
      return `${text.slice(0, match.index + match[0].length)}***`;
  }
  return text;
}

function unescaped(url: URL): string {
  const authority = url.host === '' ? '' : `//${url.host}`;
  return `${url.protocol}${authority}${decoded(url.pathname)}${decoded(url.search.replaceAll('+', ' '))}`;
}

function decoded(text: string): string {
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

/** The mark at the end also tells redaction that half of a secret may stand before it. */
export function shortened(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
