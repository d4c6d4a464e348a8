/** Real servers on this machine for tests of HTTP: what they were asked is kept, and they are gone when the test is over. */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Asked {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface LocalServer {
  /** Without a slash at its end. */
  url: string;
  port: number;
  /** Requests whose body has arrived, in order. */
  asked: Asked[];
  /** Connections that were opened. */
  connections(): number;
  server: Server;
}

export interface ServerOptions {
  /** @default '127.0.0.1' */
  host?: string;
  port?: number;
  tls?: { key: string; cert: string };
}

/** By path, with or without its query; any other path is 404. */
export type Routes = Record<
  string,
  (request: IncomingMessage, response: ServerResponse, asked: Asked) => void
>;

export async function serve(routes: Routes, options: ServerOptions = {}): Promise<LocalServer> {
  const asked: Asked[] = [];
  const listener: RequestListener = (request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('error', () => {});
    request.on('end', () => {
      const path = request.url ?? '';
      const one = {
        method: request.method ?? '',
        path,
        headers: request.headers,
        body: Buffer.concat(pieces).toString('latin1'),
      };
      asked.push(one);
      const route = routes[path] ?? routes[path.replace(/\?.*/, '')];
      if (route === undefined) response.writeHead(404).end('no such page');
      else route(request, response, one);
    });
  };
  const server =
    options.tls === undefined ? createServer(listener) : createSecureServer(options.tls, listener);
  let connections = 0;
  server.on('connection', () => connections++);
  const host = options.host ?? '127.0.0.1';
  const port = await listen(server, host, options.port);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const scheme = options.tls === undefined ? 'http' : 'https';
  return { url: `${scheme}://${host}:${port}`, port, asked, connections: () => connections, server };
}

/** A server that speaks what it likes. */
export async function serveTcp(
  onConnection: (socket: Socket) => void,
): Promise<{ url: string; port: number }> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  const port = await listen(server, '127.0.0.1');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${port}`, port };
}

/** The same answer to everybody, once their request has begun to arrive. */
export const serveText = (text: string, end: 'end' | 'destroy' | 'stay' = 'end') =>
  serveTcp((socket) => {
    socket.once('data', () => {
      socket.write(text, () => {
        if (end === 'end') socket.end();
        if (end === 'destroy') socket.destroy();
      });
    });
  });

async function listen(server: ReturnType<typeof createTcpServer>, host: string, port = 0): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A port of this machine on which nothing listens. */
export async function freePort(): Promise<number> {
  const server = createTcpServer();
  const port = await listen(server, '127.0.0.1');
  await new Promise((resolve) => server.close(resolve));
  return port;
}
