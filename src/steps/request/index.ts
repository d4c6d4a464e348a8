/** The `request` kind: asks an HTTP server. */

import { defineStep } from '../define.ts';
import { problemOf } from '../field-problem.ts';
import { describeRequest, requestPermissions } from './describe-request.ts';
import { contentTypeOf, headersOf, type RequestFields, urlOf } from './prepare-request.ts';
import { planBody } from './request-body.ts';
import type { RequestSettings } from './run.ts';
import { requestSchema } from './schema.ts';

const WITHOUT_EFFECT = new Set(['GET', 'HEAD', 'OPTIONS']);

export const request = defineStep<typeof requestSchema, RequestSettings>({
  kind: 'request',
  summary: 'Asks an HTTP server and gives its answer.',
  schema: requestSchema,
  config: 'request',
  inferredBy: ['url'],
  hasEffect: ({ method, body }) =>
    !WITHOUT_EFFECT.has(method === undefined && body !== undefined ? 'POST' : String(method ?? 'GET')),
  // Loaded when a request is made: HTTP and TLS cost every other command some milliseconds.
  run: async (fields, ctx) => (await import('./run.ts')).runRequest(fields, ctx),
  describe: describeRequest,
  permissions: requestPermissions,
  check: (written, computed) => {
    // The parsing edge: fields that hold no template fit the schema.
    const fields = written as RequestFields;
    const known = (...names: string[]): boolean => !names.some((name) => computed.has(name));
    return (
      (known('url', 'query')
        ? problemOf(
            () => urlOf(fields),
            () => 'url',
          )
        : undefined) ??
      (known('headers', 'auth')
        ? problemOf(
            () => headersOf(fields),
            () => (fields.headers ? 'headers' : 'auth'),
          )
        : undefined) ??
      (known('headers', 'auth', 'body', 'bodyType')
        ? problemOf(
            () => planBody(fields, contentTypeOf(headersOf(fields))),
            () => 'body',
          )
        : undefined)
    );
  },
});
