/** The `request` kind: asks an HTTP server. */

import { defineStep } from '../define.ts';
import { checkRequest } from './check-request.ts';
import { describeRequest, requestPermissions } from './describe-request.ts';
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
  check: checkRequest,
});
