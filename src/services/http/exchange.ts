/** One request and the head of its response, over a connection that reaches only what it may. No redirects, no decoding. */
import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Connections } from './connections.ts';
import { codeOf, type Hop, networkFailure } from './network-failure.ts';

/** What is sent: bytes in memory, or a stream of known length, which is opened once. */
export type RequestBody = Uint8Array | { readonly bytes: number; open(): AsyncIterable<Uint8Array> };

export interface Exchange extends Hop {
  headers: OutgoingHttpHeaders;
  body: RequestBody | undefined;
  signal: AbortSignal;
  connections: Connections;
}

const REPEATABLE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Requests without a body that may be repeated use kept connections, and are repeated once when the server had just
 * closed it. All others get a connection of their own, so that none is ever in doubt for that reason.
 * @throws {StepFailure} see `networkFailure`; and what `signal` was aborted with.
 */
export async function exchange(options: Exchange): Promise<IncomingMessage> {
  const kept = REPEATABLE.has(options.method) && options.body === undefined;
  const first = { reused: false };
  try {
    return await send(options, kept, first);
  } catch (error) {
    const stale = first.reused && ['ECONNRESET', 'EPIPE'].includes(codeOf(error));
    if (!stale || options.signal.aborted) throw failureOf(error, options);
  }
  return send(options, false, first).catch((error: unknown) => Promise.reject(failureOf(error, options)));
}

function failureOf(error: unknown, options: Exchange): unknown {
  return options.signal.aborted ? options.signal.reason : networkFailure(error, options);
}

async function send(options: Exchange, kept: boolean, used: { reused: boolean }): Promise<IncomingMessage> {
  const { url, method, headers, body, signal, connections } = options;
  const protocol = url.protocol === 'https:' ? 'https:' : 'http:';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  connections.judgeHost(host);
  const agent = await connections.agent(protocol, kept);
  const { request } = protocol === 'https:' ? await import('node:https') : await import('node:http');
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const sent: ClientRequest = request({
      protocol,
      host,
      port: url.port === '' ? undefined : Number(url.port),
      path: `${url.pathname}${url.search}`,
      method,
      headers,
      agent,
      signal,
      ...(protocol === 'https:' && { servername: isIP(host) === 0 ? host : '', rejectUnauthorized: true }),
    });
    sent.on('response', (response) => {
      // Kept for whoever reads the body, also when it happens before they begin.
      response.on('error', () => {});
      resolve(response);
    });
    sent.on('error', (error) => {
      used.reused = sent.reusedSocket;
      reject(error);
    });
    // After 101 or a server that says nothing there is neither a response nor an error.
    sent.on('close', () => reject(closedEarly()));
    if (body === undefined) sent.end();
    else if (body instanceof Uint8Array) sent.end(body);
    else pipeline(Readable.from(body.open()), sent).catch(reject);
  });
}

const closedEarly = (): Error => Object.assign(new Error('closed without an answer'), { code: 'ECONNRESET' });
