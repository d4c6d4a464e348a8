/** One attempt of a request step: prepare, ask, judge the status, read. */
import { StepFailure } from '../../kernel/failure.ts';
import type { Connections } from '../../services/http/connections.ts';
import { type HopReport, httpRequest } from '../../services/http/http-request.ts';
import type { StepContext, StepResult } from '../define.ts';
import { accepts, rangesOf, statusFailure } from './accept-status.ts';
import { openBody } from './open-body.ts';
import { openFile } from './open-file.ts';
import {
  contentTypeOf,
  headersOf,
  methodOf,
  type RequestFields,
  urlOf,
  writtenUrlOf,
} from './prepare-request.ts';
import { readResult } from './read-result.ts';
import { planBody } from './request-body.ts';

/** The section `request` of the configuration. */
export interface RequestSettings {
  readonly allowPrivateNetwork: boolean;
  readonly maxBytes: number;
}

/**
 * Output `{status, headers, body}`.
 * @param connections for tests; by default those of the process.
 * @throws {StepFailure} HTTP_STATUS (retryable for 408, 429 and from 500), BODY_NOT_PARSED, INVALID_FIELDS, those of
 *   `httpRequest` and of its body, those of opening files; CANCELED.
 */
export async function runRequest(
  fields: RequestFields,
  ctx: StepContext<RequestSettings>,
  connections?: Connections,
): Promise<StepResult> {
  const log = hopLog(ctx);
  try {
    return await perform(fields, ctx, { log, connections });
  } catch (error) {
    if (ctx.signal.aborted) throw new StepFailure('CANCELED', 'the request was canceled', { cause: error });
    log.failed(error);
    throw withProxyHint(error, ctx);
  }
}

async function perform(
  fields: RequestFields,
  ctx: StepContext<RequestSettings>,
  { log, connections }: { log: HopLog; connections: Connections | undefined },
): Promise<StepResult> {
  ctx.signal.throwIfAborted();
  const accepted = rangesOf(fields.acceptStatus);
  const headers = headersOf(fields);
  const contentType = contentTypeOf(headers);
  const body = await openBody(planBody(fields, contentType), {
    contentType,
    openFile: (written) =>
      openFile(written, { cwd: ctx.cwd, allowOutsideCwd: fields.allowOutsideCwd ?? false }),
  });
  try {
    const response = await httpRequest({
      url: urlOf(fields),
      writtenUrl: writtenUrlOf(fields),
      method: methodOf(fields),
      headers: { ...headers, ...(body !== undefined && { 'content-type': body.contentType }) },
      ...(body !== undefined && { body: body.content }),
      signal: ctx.signal,
      maxBytes: fields.maxBytes ?? ctx.config.maxBytes,
      maxRedirects: redirectsOf(fields.followRedirects),
      allowPrivateNetwork: fields.allowPrivateNetwork ?? ctx.config.allowPrivateNetwork,
      onHop: log.hop,
      ...(connections !== undefined && { connections }),
    });
    if (!accepts(response.status, accepted)) throw await statusFailure(response, ctx.clock.now());
    const result = await readResult(response, { as: fields.as, openBlob: () => ctx.openBlob() });
    log.ended(result.bytes);
    return { output: { status: response.status, headers: { ...response.headers }, body: result.body } };
  } finally {
    await body?.close();
  }
}

function redirectsOf(written: RequestFields['followRedirects']): number {
  return typeof written === 'number' ? written : written === false ? 0 : 10;
}

interface HopLog {
  hop(report: HopReport): void;
  ended(bytes: number): void;
  failed(error: unknown): void;
}

/** A line when something is asked, and one when the answer is there. */
function hopLog({ log, clock }: StepContext): HopLog {
  let asked: number | undefined;
  let answer: string | undefined;
  const took = (): string => `${Math.round(clock.monotonic() - (asked ?? 0))} ms`;
  return {
    hop(report) {
      if (report.event === 'request') {
        if (answer !== undefined) log.info(`${answer}, redirected`);
        answer = undefined;
        asked = clock.monotonic();
        log.info(`${report.method} ${report.url}`);
      } else answer = `answered ${`${report.status} ${report.statusText}`.trim()} after ${took()}`;
    },
    ended: (bytes) => log.info(`${answer}, ${bytes} bytes read after ${took()}`),
    failed(error) {
      if (asked === undefined) return;
      const code = error instanceof StepFailure ? error.code : 'an error';
      log.info(answer === undefined ? `no answer: ${code} after ${took()}` : `${answer}: ${code}`);
    },
  };
}

const PROXY_VARIABLE = /^(https?|all)_proxy$/i;

/** Requests go to their server directly; where that fails and a proxy is set, it is the likely reason. */
function withProxyHint(error: unknown, ctx: StepContext): unknown {
  if (!(error instanceof StepFailure) || !['DNS', 'NETWORK'].includes(error.code)) return error;
  const proxy = Object.entries(ctx.processEnv).find(
    ([name, value]) => PROXY_VARIABLE.test(name) && value !== '',
  );
  if (proxy === undefined) return error;
  const { code, message, retryable, details } = error;
  return new StepFailure(code, `${message} (${proxy[0]} is set, but requests do not use proxies)`, {
    retryable,
    cause: error.cause,
    ...(details !== undefined && { details }),
  });
}
