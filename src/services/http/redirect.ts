/** Where a response sends the client on to, and what it may take along. */
import { StepFailure } from '../../kernel/failure.ts';
import type { Hop } from './network-failure.ts';
import { printable, shortened, shownUrl } from './shown-url.ts';

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** The only headers that another origin gets to see; anything else an author sets may be a credential. */
const HARMLESS = new Set(['accept', 'accept-encoding', 'accept-language', 'range', 'user-agent']);
/** Headers that belong to the body, which a redirect never sends again. */
const OF_THE_BODY = /^content-/;

export interface Going extends Hop {
  /** Names in lower case. */
  headers: Readonly<Record<string, string | string[]>>;
}

/**
 * GET and HEAD are followed, 303 of any other method as a GET; nothing that has a body is ever sent twice.
 * @param limits `visited`: every hop so far, `from` the last of them.
 * @returns undefined when the response is no redirect.
 * @throws {StepFailure} REDIRECT_REFUSED: another method, from https to http, not http at all; TOO_MANY_REDIRECTS.
 */
export function nextHop(
  from: Going,
  response: { status: number; location: string | undefined },
  limits: { visited: readonly Going[]; maxRedirects: number; hasBody: boolean },
): Going | undefined {
  if (!REDIRECTS.has(response.status) || response.location === undefined) return undefined;
  const url = targetOf(from, response.location, response.status);
  const repeatable = (from.method === 'GET' || from.method === 'HEAD') && !limits.hasBody;
  if (!repeatable && response.status !== 303)
    throw refused(
      from,
      response.status,
      url,
      `${from.method}${limits.hasBody ? ' with a body' : ''} is not sent again by itself; ask that URL if it is meant`,
    );
  assertEndsSomewhere(from, url, limits);
  const sameOrigin = url.origin === from.url.origin;
  const headers = Object.entries(from.headers).filter(
    ([name]) => (sameOrigin && (repeatable || !OF_THE_BODY.test(name))) || HARMLESS.has(name),
  );
  return {
    method: from.method === 'HEAD' ? 'HEAD' : 'GET',
    url,
    shown: shownUrl(url),
    headers: Object.fromEntries(headers),
  };
}

function targetOf(from: Hop, location: string, status: number): URL {
  // Header values arrive as latin1; what is not ASCII in them is UTF-8 everywhere.
  const text = Buffer.from(location, 'latin1').toString('utf8');
  if (!URL.canParse(text, from.url.href)) throw refused(from, status, text, 'that is no URL');
  const url = new URL(text, from.url.href);
  url.hash = '';
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw refused(from, status, url, 'only http and https are followed');
  if (from.url.protocol === 'https:' && url.protocol === 'http:')
    throw refused(from, status, url, 'from https to http anybody could read along');
  if (url.username !== '' || url.password !== '')
    throw refused(from, status, url, 'it brings credentials along');
  return url;
}

function assertEndsSomewhere(
  from: Hop,
  url: URL,
  { visited, maxRedirects }: { visited: readonly Going[]; maxRedirects: number },
): void {
  const circle = visited.findIndex((hop) => hop.url.href === url.href);
  const way = [...visited.slice(Math.max(0, circle)).map(({ shown }) => shown), shownUrl(url)];
  const path = (way.length > 6 ? [...way.slice(0, 3), '…', ...way.slice(-2)] : way).join(' → ');
  if (circle >= 0)
    throw new StepFailure('TOO_MANY_REDIRECTS', `${from.method} is redirected in a circle: ${path}`);
  if (visited.length > maxRedirects)
    throw new StepFailure(
      'TOO_MANY_REDIRECTS',
      `${from.method} is redirected more than ${maxRedirects} times: ${path}`,
      { details: { maxRedirects } },
    );
}

function refused(from: Hop, status: number, to: URL | string, why: string): StepFailure {
  const target = typeof to === 'string' ? shortened(printable(to), 200) : shownUrl(to);
  return new StepFailure(
    'REDIRECT_REFUSED',
    `${from.method} ${from.shown} answered ${status} to ${target}, which is not followed: ${why}`,
    { details: { status, location: target } },
  );
}
