/** A model that says what its script says, over real HTTP, in the protocols of OpenAI and Anthropic: for tests, examples and developing without a model. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../kernel/json.ts';
import { anthropicWire } from './anthropic-wire.ts';
import { openaiWire } from './openai-wire.ts';
import { type MockScript, Replies, type Reply } from './script.ts';
import type { Wire } from './wire.ts';

export interface MockRequest {
  path: string;
  headers: IncomingMessage['headers'];
  body: JsonObject;
}

export interface MockLlm {
  /** `http://127.0.0.1:<port>`; the OpenAI base URL is this with `/v1`. */
  readonly url: string;
  /** All that was asked, oldest first. */
  readonly requests: readonly MockRequest[];
  close(): Promise<void>;
}

const WIRES: Readonly<Record<string, Wire>> = {
  '/v1/chat/completions': openaiWire,
  '/v1/messages': anthropicWire,
};
const MAX_BODY = 64 * 1024 * 1024;

/** @param options.port 0 picks a free one. @param options.background the process may end while it listens */
export async function startMockLlm(options: {
  script: MockScript;
  port?: number;
  background?: boolean;
  onRequest?(request: MockRequest): void;
}): Promise<MockLlm> {
  const replies = new Replies(options.script);
  const requests: MockRequest[] = [];
  const server = createServer((incoming, response) => {
    answer(incoming, response, replies, (request) => {
      requests.push(request);
      options.onRequest?.(request);
    }).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  if (options.background === true) server.unref();
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests, close: () => close(server) };
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

async function answer(
  incoming: IncomingMessage,
  response: ServerResponse,
  replies: Replies,
  onRequest: (request: MockRequest) => void,
): Promise<void> {
  const path = new URL(incoming.url ?? '/', 'http://mock').pathname;
  const wire = WIRES[path];
  if (wire === undefined || incoming.method !== 'POST')
    return sendJson(response, 404, {
      error: { message: `the mock model knows ${Object.keys(WIRES).join(' and ')}` },
    });
  const body = await readJson(incoming);
  onRequest({ path, headers: incoming.headers, body });
  const asked = wire.asked(body);
  const reply = replies.next(asked);
  if (reply === undefined) {
    const message = `the script of the mock model has no reply left for ${JSON.stringify(asked.last.slice(0, 200))}`;
    return sendJson(response, 400, wire.error(400, message));
  }
  if (reply.delayMs !== undefined) await sleep(reply.delayMs);
  if (reply.status !== undefined) return sendError(response, wire, reply, reply.status);
  if (body.stream === true) return stream(response, wire.events(reply, asked, body), wire.end, reply);
  sendJson(response, 200, wire.whole(reply, asked));
}

function sendError(response: ServerResponse, wire: Wire, { error, retryAfter }: Reply, status: number): void {
  if (retryAfter !== undefined) response.setHeader('retry-after', String(retryAfter));
  sendJson(response, status, wire.error(status, error ?? `status ${status}`));
}

function sendJson(response: ServerResponse, status: number, body: JsonObject): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function stream(
  response: ServerResponse,
  events: readonly string[],
  end: string,
  { cutAfter }: Reply,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  for (const [index, event] of events.entries()) {
    if (index === cutAfter) {
      // What was written has to leave before the connection is torn down.
      await sleep(20);
      response.destroy();
      return;
    }
    response.write(event);
    // One event a turn, so that clients see them come one by one.
    await new Promise((resolve) => setImmediate(resolve));
  }
  response.end(end);
}

async function readJson(incoming: IncomingMessage): Promise<JsonObject> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of incoming as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > MAX_BODY) throw new Error('the request is too large');
    pieces.push(piece);
  }
  return JSON.parse(Buffer.concat(pieces).toString('utf8')) as JsonObject;
}
