/**
 * HTTP for everything that talks to servers an author names: guarded against private addresses, with redirects that give
 * nothing away, and bodies that are bounded however they are packed.
 */
import type { IncomingMessage } from 'node:http';
import { type Connections, sharedConnections } from './connections.ts';
import { exchange, type RequestBody } from './exchange.ts';
import { type Going, nextHop } from './redirect.ts';
import { requestHeaders } from './request-headers.ts';
import { readResponse } from './response-body.ts';
import { printable, shortened, shownUrl } from './shown-url.ts';
import { targetUrl } from './target-url.ts';

export type { RequestBody };

export interface HttpRequest {
  url: string | URL;
  /** The URL as its author wrote it, for messages; what may not be shown is left out of it. @default url */
  writtenUrl?: string;
  /** @default 'GET' */
  method?: string;
  headers?: Readonly<Record<string, string | readonly string[]>>;
  body?: RequestBody;
  /** Ends the request, and the reading of its body, with the signal's reason. The only time limit there is. */
  signal: AbortSignal;
  /** Of the body, after decompression. */
  maxBytes: number;
  /** How many redirects are followed; 0 gives the redirect itself. @default 10 */
  maxRedirects?: number;
  /** Private, loopback, link-local and metadata addresses may be reached. @default false */
  allowPrivateNetwork?: boolean;
  /** Told of each request and of each response's head; URLs are fit to be shown. */
  onHop?(hop: HopReport): void;
  /** Whose connections are used, instead of those of the process. With it `allowPrivateNetwork` has no effect. */
  connections?: Connections;
}

export type HopReport =
  | { event: 'request'; method: string; url: string }
  | { event: 'response'; method: string; url: string; status: number; statusText: string };

export interface HttpResponse {
  status: number;
  statusText: string;
  /** Names in lower case; several values of one name are joined by ", ", those of `set-cookie` are a list. */
  headers: Record<string, string | string[]>;
  /** The last method and URL, after redirects; the URL is fit to be shown. */
  method: string;
  url: string;
  /**
   * To be read once, or given up by `discard`.
   * @throws {StepFailure} TOO_LARGE, BAD_ENCODING (retryable), NETWORK (retryable).
   */
  body: AsyncIterable<Uint8Array>;
  /** The whole body in memory; throws like `body`. */
  bytes(): Promise<Buffer>;
  discard(): void;
}

const MAX_REDIRECTS = 10;
/** Bodies of redirects are read up to here, so that the connection can be used again; longer ones are not worth it. */
const DRAINED_BYTES = 16 * 1024;

/**
 * Any status is a response; redirects are followed as `nextHop` says.
 * @throws {StepFailure} INVALID_URL, INVALID_HEADER, BLOCKED_ADDRESS, TLS, BAD_RESPONSE, REDIRECT_REFUSED,
 *   TOO_MANY_REDIRECTS; DNS and NETWORK (retryable).
 */
export async function httpRequest(request: HttpRequest): Promise<HttpResponse> {
  const { signal, onHop } = request;
  const connections = request.connections ?? sharedConnections(request.allowPrivateNetwork ?? false);
  const maxRedirects = request.maxRedirects ?? MAX_REDIRECTS;
  let body = request.body;
  let hop: Going = {
    method: request.method ?? 'GET',
    url: targetUrl(request.url),
    shown: shownUrl(request.writtenUrl ?? request.url),
    headers: requestHeaders(request.headers ?? {}),
  };
  const visited: Going[] = [];
  for (;;) {
    signal.throwIfAborted();
    visited.push(hop);
    onHop?.({ event: 'request', method: hop.method, url: hop.shown });
    const length = body === undefined ? undefined : 'bytes' in body ? body.bytes : body.byteLength;
    const headers = { ...hop.headers, ...(length !== undefined && { 'content-length': String(length) }) };
    const response = await exchange({ ...hop, headers, body, signal, connections });
    const { statusCode: status = 0, statusMessage = '' } = response;
    const statusText = shortened(printable(statusMessage), 100);
    onHop?.({ event: 'response', method: hop.method, url: hop.shown, status, statusText });
    const next = follow(hop, response, { visited, maxRedirects, hasBody: body !== undefined });
    if (next === undefined) return toResponse(hop, response, { statusText, request });
    drain(response);
    hop = next;
    body = undefined;
  }
}

function follow(
  hop: Going,
  response: IncomingMessage,
  limits: Parameters<typeof nextHop>[2],
): Going | undefined {
  if (limits.maxRedirects === 0) return undefined;
  try {
    return nextHop(hop, { status: response.statusCode ?? 0, location: response.headers.location }, limits);
  } catch (error) {
    response.destroy();
    throw error;
  }
}

function toResponse(
  { method, url, shown }: Going,
  response: IncomingMessage,
  { statusText, request }: { statusText: string; request: HttpRequest },
): HttpResponse {
  const { signal, maxBytes } = request;
  const body = readResponse(response, { method, url, shown, signal, maxBytes });
  return {
    status: response.statusCode ?? 0,
    statusText,
    headers: headersOf(response),
    method,
    url: shown,
    body,
    bytes: async () => {
      const pieces: Uint8Array[] = [];
      for await (const piece of body) pieces.push(piece);
      return Buffer.concat(pieces);
    },
    discard: () => drain(response),
  };
}

/** Without a prototype, so that a header may have any name. */
function headersOf(response: IncomingMessage): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = Object.create(null);
  for (const [name, values] of Object.entries(response.headersDistinct))
    if (values !== undefined) headers[name] = name === 'set-cookie' ? values : values.join(', ');
  return headers;
}

/** Reads a short body to its end and cuts the connection of any other. */
function drain(response: IncomingMessage): void {
  const length = Number(response.headers['content-length'] ?? Number.NaN);
  if (length <= DRAINED_BYTES) response.resume();
  else response.destroy();
}
