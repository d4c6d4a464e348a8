/** Attempts of request steps against local servers, and what came of them. */
import type { ServerResponse } from 'node:http';
import { expect } from 'vitest';
import { StepFailure } from '../../src/kernel/failure.ts';
import type { RequestFields } from '../../src/steps/request/prepare-request.ts';
import { runRequest } from '../../src/steps/request/run.ts';
import type { Routes } from '../services/http/local-server.ts';
import { type TestContext, testContext } from './context.ts';

export const MIB = 1024 * 1024;
const CONFIG = { allowPrivateNetwork: true, maxBytes: 50 * MIB };

export function context(config: object = {}): TestContext & { lines: string[] } {
  const lines: string[] = [];
  const ctx = testContext({ config: { ...CONFIG, ...config } });
  return { ...ctx, lines, log: { ...ctx.log, info: (line: string) => void lines.push(line) } };
}

export async function outputOf(
  fields: RequestFields,
  ctx = context(),
): Promise<{ status: number; headers: object; body: unknown }> {
  return (await runRequest(fields, ctx)).output as never;
}

export async function failureOf(fields: RequestFields, ctx = context()): Promise<StepFailure> {
  const thrown = await runRequest(fields, ctx).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(StepFailure);
  expect(ctx.openSinks()).toBe(0);
  return thrown as StepFailure;
}

export const send =
  (content: string | Buffer, type?: string, status = 200, headers: Record<string, string> = {}) =>
  (_request: unknown, response: ServerResponse): void =>
    void response.writeHead(status, { ...(type && { 'content-type': type }), ...headers }).end(content);

export const ok: Routes = { '/': send('{"ok":true}', 'application/json') };
