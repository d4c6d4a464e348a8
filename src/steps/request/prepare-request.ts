/** From the fields of a step to a request: URL with its query, headers, authorization. Pure; what it refuses, the compiler refuses too. */
import type { Static } from '@sinclair/typebox';
import { StepFailure } from '../../kernel/failure.ts';
import { checkHeaders } from '../../services/http/request-headers.ts';
import { targetUrl } from '../../services/http/target-url.ts';
import type { requestSchema } from './schema.ts';

export type RequestFields = Static<typeof requestSchema>;

type Values = NonNullable<RequestFields['query']>[string];

export const methodOf = ({ method, body }: Pick<RequestFields, 'method' | 'body'>): string =>
  method ?? (body === undefined ? 'GET' : 'POST');

/** @throws {StepFailure} INVALID_URL. */
export function urlOf({ url, query }: Pick<RequestFields, 'url' | 'query'>): URL {
  const target = targetUrl(url);
  const pairs = pairsOf(query);
  // Added as text, so that what the author wrote in the URL stays byte for byte.
  if (pairs.length > 0) target.search += `${target.search === '' ? '?' : '&'}${new URLSearchParams(pairs)}`;
  return target;
}

/** The same in the author's letters, for messages: redaction finds secrets as they are given. */
export function writtenUrlOf({ url, query }: Pick<RequestFields, 'url' | 'query'>): string {
  const pairs = pairsOf(query).map(([name, value]) => `${name}=${value}`);
  return pairs.length === 0 ? url : `${url}${url.includes('?') ? '&' : '?'}${pairs.join('&')}`;
}

function pairsOf(query: RequestFields['query'] = {}): [string, string][] {
  return Object.entries(query).flatMap(([name, values]) =>
    textsOf(values).map((text): [string, string] => [name, text]),
  );
}

/** With authorization, names in lower case. @throws {StepFailure} INVALID_HEADER, INVALID_FIELDS. */
export function headersOf({
  headers = {},
  auth,
}: Pick<RequestFields, 'headers' | 'auth'>): Record<string, string | string[]> {
  const written = Object.entries(headers).flatMap(([name, values]): [string, string | string[]][] => {
    const texts = textsOf(values);
    return texts.length === 0 ? [] : [[name, texts.length === 1 ? (texts[0] ?? '') : texts]];
  });
  const checked = checkHeaders(Object.fromEntries(written));
  if (auth === undefined) return checked;
  if (checked.authorization !== undefined)
    throw new StepFailure(
      'INVALID_FIELDS',
      'there is both "auth" and a header "authorization"; leave one out',
    );
  return { ...checked, ...checkHeaders({ authorization: authorization(auth) }) };
}

function authorization({ bearer, basic }: NonNullable<RequestFields['auth']>): string {
  if ((bearer === undefined) === (basic === undefined))
    throw new StepFailure(
      'INVALID_FIELDS',
      '"auth" is either "{ bearer: <token> }" or "{ basic: { username, password } }"',
    );
  if (basic === undefined) return `Bearer ${bearer}`;
  if (basic.username.includes(':'))
    throw new StepFailure(
      'INVALID_FIELDS',
      'the user name of "auth: basic" holds a colon, which ends a user name',
    );
  return `Basic ${Buffer.from(`${basic.username}:${basic.password}`, 'utf8').toString('base64')}`;
}

export function contentTypeOf(headers: Readonly<Record<string, string | string[]>>): string | undefined {
  const value = headers['content-type'];
  return Array.isArray(value) ? value[0] : value;
}

/** Without nulls. */
export function textsOf(values: Values): string[] {
  return (Array.isArray(values) ? values : [values]).flatMap((each) => (each === null ? [] : [String(each)]));
}
