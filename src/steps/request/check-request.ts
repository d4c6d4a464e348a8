/** What the schema cannot say of a request's fields, for the compiler: the same functions that prepare the request refuse it. */
import { problemOf } from '../field-problem.ts';
import { rangesOf } from './accept-status.ts';
import { contentTypeOf, headersOf, type RequestFields, urlOf } from './prepare-request.ts';
import { planBody } from './request-body.ts';

interface Check {
  /** Asked when none of these is computed. */
  of: readonly string[];
  prepare(fields: RequestFields): unknown;
  blamed(fields: RequestFields): string;
}

const CHECKS: readonly Check[] = [
  { of: ['url', 'query'], prepare: urlOf, blamed: () => 'url' },
  {
    of: ['headers', 'auth'],
    prepare: headersOf,
    blamed: ({ headers }) => (headers === undefined ? 'auth' : 'headers'),
  },
  {
    of: ['headers', 'body', 'bodyType'],
    prepare: ({ headers, ...fields }) =>
      planBody(fields, contentTypeOf(headersOf(headers === undefined ? {} : { headers }))),
    blamed: ({ body }) => (body === undefined ? 'bodyType' : 'body'),
  },
  {
    of: ['acceptStatus'],
    prepare: ({ acceptStatus }) => rangesOf(acceptStatus),
    blamed: () => 'acceptStatus',
  },
];

/** Pure. See `KindSpec.check`. */
export function checkRequest(
  written: Readonly<Record<string, unknown>>,
  computed: ReadonlySet<string>,
): { field: string; message: string } | undefined {
  // The parsing edge: fields that hold no template fit the schema.
  const fields = written as RequestFields;
  for (const { of, prepare, blamed } of CHECKS) {
    if (of.some((name) => computed.has(name))) continue;
    const problem = problemOf(
      () => prepare(fields),
      () => blamed(fields),
    );
    if (problem !== undefined) return problem;
  }
  return undefined;
}
