import type { ServerResponse } from 'node:http';
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { StepFailure } from '../../../src/kernel/failure.ts';
import { Connections } from '../../../src/services/http/connections.ts';
import { ask, failureOf, textOf } from './ask.ts';
import { freePort, type Routes, serve, serveTcp, serveText } from './local-server.ts';

const MIB = 1024 * 1024;

const send =
  (content: string | Buffer, headers: Record<string, string> = {}, status = 200) =>
  (_request: unknown, response: ServerResponse): void =>
    void response.writeHead(status, headers).end(content);

/** Writes for ever, as fast as it is read. */
const endless =
  (headers: Record<string, string> = {}, piece: Buffer = Buffer.alloc(65_536, 'x')) =>
  (_request: unknown, response: ServerResponse): void => {
    response.writeHead(200, headers);
    const write = (): void => {
      while (!response.destroyed && response.write(piece));
    };
    response.on('drain', write);
    write();
  };

describe('a request', () => {
  test('sends method, headers and body, and nothing the author did not ask for but what every client says', async () => {
    const server = await serve({ '/x': send('ok') });
    await textOf({
      url: `${server.url}/x?a=1%202&b=%2F#part`,
      method: 'PUT',
      headers: { 'X-One': '1', 'X-Many': ['a', 'b'] },
      body: Buffer.from('hällo'),
    });
    expect(server.asked).toEqual([
      {
        method: 'PUT',
        path: '/x?a=1%202&b=%2F',
        body: Buffer.from('hällo').toString('latin1'),
        headers: {
          accept: '*/*',
          'accept-encoding': 'gzip, deflate, br',
          'user-agent': 'keystone',
          'x-one': '1',
          'x-many': 'a, b',
          'content-length': '6',
          host: `127.0.0.1:${server.port}`,
          connection: 'close',
        },
      },
    ]);
  });

  test('streams a body of known length', async () => {
    const server = await serve({ '/': send('ok') });
    async function* open(): AsyncGenerator<Uint8Array> {
      for (let n = 0; n < 30; n++) yield Buffer.alloc(100_000, 65 + n);
    }
    await textOf({ url: server.url, method: 'POST', body: { bytes: 3_000_000, open } });
    expect(server.asked[0]?.headers['content-length']).toBe('3000000');
    expect(server.asked[0]?.body).toHaveLength(3_000_000);
  });

  test('fails with what its body fails with', async () => {
    const server = await serve({ '/': send('ok') });
    // biome-ignore lint/correctness/useYield: it fails before
    async function* open(): AsyncGenerator<Uint8Array> {
      throw new StepFailure('FILE_CHANGED', 'gone');
    }
    const failure = await failureOf({ url: server.url, method: 'POST', body: { bytes: 5, open } });
    expect(failure.code).toBe('FILE_CHANGED');
  });

  test('gets an answer that comes before its body is sent', async () => {
    const server = await serveTcp((socket) => {
      socket.once('data', () =>
        socket.end('HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\nconnection: close\r\n\r\nbig'),
      );
    });
    async function* open(): AsyncGenerator<Uint8Array> {
      for (let n = 0; n < 100; n++) yield Buffer.alloc(MIB);
    }
    const response = await ask({ url: server.url, method: 'POST', body: { bytes: 100 * MIB, open } });
    expect(response.status).toBe(413);
    response.discard();
  });

  test.each([
    [{ 'bad name': 'x' }, 'has a character in its name'],
    [{ 'X-A': 'a\r\nX-B: b' }, 'has a value with a line break'],
    [{ 'X-A': '→' }, 'a character that is not of latin1'],
    [{ 'Content-Length': '5' }, 'is set by keystone itself'],
    [{ 'transfer-encoding': 'chunked' }, 'is set by keystone itself'],
    [{ a: '1', A: '2' }, 'is there twice'],
  ])('with headers %o is refused before it is sent, without showing values', async (headers, message) => {
    const server = await serve({ '/': send('ok') });
    const failure = await failureOf({ url: server.url, headers });
    expect(failure).toMatchObject({ code: 'INVALID_HEADER', retryable: false });
    expect(failure.message).toContain(message);
    expect(failure.message).not.toContain('X-B');
    expect(server.asked).toEqual([]);
  });
});

describe('a response', () => {
  test('has its headers by lower-case name, several of one name joined, cookies as a list', async () => {
    const server = await serveText(
      'HTTP/1.1 299 Odd\r\nX-A: 1\r\nx-a: 2\r\nSet-Cookie: a=1, b\r\nSet-Cookie: c=2\r\n__proto__: x\r\ncontent-length: 0\r\n\r\n',
    );
    const response = await ask({ url: server.url });
    expect(response).toMatchObject({ status: 299, statusText: 'Odd' });
    expect(Object.entries(response.headers)).toEqual([
      ['x-a', '1, 2'],
      ['set-cookie', ['a=1, b', 'c=2']],
      ['__proto__', 'x'],
      ['content-length', '0'],
    ]);
    response.discard();
  });

  test.each(['HEAD', 'GET'])('of %s without a body ends at once, whatever it announces', async (method) => {
    const server = await serve({
      '/': (_request, response) =>
        response
          .writeHead(method === 'HEAD' ? 200 : 304, { 'content-length': '1000', 'content-encoding': 'gzip' })
          .end(),
    });
    expect(await textOf({ url: server.url, method, maxBytes: 10 })).toBe('');
  });

  test('that is cut short is no response, whether its length was announced or it came in chunks', async () => {
    for (const head of ['content-length: 100\r\n\r\nabc', 'transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n'])
      for (const end of ['end', 'destroy'] as const) {
        const server = await serveText(`HTTP/1.1 200 OK\r\n${head}`, end);
        const failure = await failureOf({ url: server.url });
        expect(failure).toMatchObject({ code: 'NETWORK', retryable: true });
        expect(failure.message).toContain('the connection was cut before the whole answer was there');
      }
  });

  test('without a length ends with its connection', async () => {
    const server = await serveText('HTTP/1.0 200 OK\r\n\r\nto the end');
    expect(await textOf({ url: server.url })).toBe('to the end');
  });

  test('after 100 and 103 is the one that counts', async () => {
    const server = await serveText(
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok',
    );
    expect(await textOf({ url: server.url })).toBe('ok');
  });
});

describe('a body larger than maxBytes', () => {
  test('is refused by the length it announces, before it is read', async () => {
    const server = await serve({ '/': endless({ 'content-length': '5000000000' }) });
    const failure = await failureOf({ url: server.url, maxBytes: 1000 });
    expect(failure).toMatchObject({ code: 'TOO_LARGE', retryable: false, details: { maxBytes: 1000 } });
    expect(failure.message).toContain(
      'the body has 5000000000 bytes, more than 1000; raise "maxBytes" to read it',
    );
  });

  test('is refused as soon as it is, when it has no length or no end', async () => {
    const server = await serve({ '/': endless() });
    const failure = await failureOf({ url: server.url, maxBytes: 300_000 });
    expect(failure.message).toContain('the body has more than 300000 bytes');
  });

  test('is read when it has just as many', async () => {
    const server = await serve({ '/': send(Buffer.alloc(1000)) });
    expect(await textOf({ url: server.url, maxBytes: 1000 })).toHaveLength(1000);
    expect((await failureOf({ url: server.url, maxBytes: 999 })).code).toBe('TOO_LARGE');
    expect((await failureOf({ url: server.url, maxBytes: 0 })).code).toBe('TOO_LARGE');
  });

  test('counts after decompression: a few bytes do not become a gigabyte', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * MIB));
    const twice = gzipSync(bomb);
    const brotli = brotliCompressSync(Buffer.alloc(64 * MIB), {
      params: { [constants.BROTLI_PARAM_QUALITY]: 1 },
    });
    const server = await serve({
      '/gzip': send(bomb, { 'content-encoding': 'gzip' }),
      '/twice': send(twice, { 'content-encoding': 'gzip, gzip' }),
      '/br': send(brotli, { 'content-encoding': 'br' }),
    });
    for (const path of ['/gzip', '/twice', '/br'])
      expect((await failureOf({ url: server.url + path, maxBytes: MIB })).code).toBe('TOO_LARGE');
  });

  test('counts before decompression too: much that becomes nothing does not go on for ever', async () => {
    // Empty blocks, again and again.
    const nothing = Buffer.concat(Array.from({ length: 10_000 }, () => Buffer.from([0, 0, 0, 255, 255])));
    const server = await serve({ '/': endless({ 'content-encoding': 'deflate' }, nothing) });
    expect((await failureOf({ url: server.url, maxBytes: MIB })).code).toBe('TOO_LARGE');
  });
});

describe('a compressed body', () => {
  const text = 'compressed '.repeat(1000);
  test.each([
    ['gzip', gzipSync(text)],
    ['x-gzip', gzipSync(text)],
    ['GZIP', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['deflate', deflateRawSync(text)],
    ['br', brotliCompressSync(text)],
    ['gzip, br', brotliCompressSync(gzipSync(text))],
    ['identity', Buffer.from(text)],
  ])('is decompressed: %s', async (encoding, content) => {
    const server = await serve({ '/': send(content, { 'content-encoding': encoding }) });
    expect(await textOf({ url: server.url })).toBe(text);
  });

  test('may be empty', async () => {
    const server = await serve({ '/': send('', { 'content-encoding': 'deflate', 'content-length': '0' }) });
    expect(await textOf({ url: server.url })).toBe('');
  });

  test.each([
    ['gzip', gzipSync(text).subarray(0, 40)],
    ['gzip', Buffer.from('not compressed')],
    ['deflate', deflateSync(text).subarray(0, 20)],
    ['br', brotliCompressSync(text).subarray(0, 5)],
    ['br', Buffer.from('not compressed')],
  ])('that is damaged or incomplete fails: %s', async (encoding, content) => {
    const server = await serve({ '/': send(content, { 'content-encoding': encoding }) });
    const failure = await failureOf({ url: server.url });
    expect(failure).toMatchObject({ code: 'BAD_ENCODING', retryable: true });
    expect(failure.message).toContain('the compressed body is damaged or incomplete');
  });

  test('that is cut off by the network says so', async () => {
    const content = gzipSync(text);
    const server = await serve({
      '/': (_request, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': String(content.length) });
        response.write(content.subarray(0, 20), () => response.destroy());
      },
    });
    expect((await failureOf({ url: server.url })).code).toBe('NETWORK');
  });

  test.each(['zstd', 'gzip, zstd', 'gzip, gzip, gzip, gzip'])(
    'in an unknown way fails: %s',
    async (encoding) => {
      const server = await serve({ '/': send('x', { 'content-encoding': encoding }) });
      const failure = await failureOf({ url: server.url });
      expect(failure).toMatchObject({ code: 'BAD_ENCODING', retryable: false });
      expect(failure.message).toContain(`the body is encoded as "${encoding}"`);
    },
  );

  test('is not asked for with a range, which would be of the compressed bytes', async () => {
    const server = await serve({ '/': send('x') });
    await textOf({ url: server.url, headers: { Range: 'bytes=0-0' } });
    expect(server.asked[0]?.headers).not.toHaveProperty('accept-encoding');
  });
});

describe('trouble with the network', () => {
  test('nobody listens', async () => {
    const port = await freePort();
    const failure = await failureOf({ url: `http://127.0.0.1:${port}/x` });
    expect(failure).toMatchObject({ code: 'NETWORK', retryable: true, details: { cause: 'ECONNREFUSED' } });
    expect(failure.message).toBe(
      `GET http://127.0.0.1:${port}/x: nothing listens there (connection refused)`,
    );
  });

  test.each(['end', 'destroy'] as const)('the server hangs up without a word: %s', async (end) => {
    const server = await serveText('', end);
    expect(await failureOf({ url: server.url })).toMatchObject({ code: 'NETWORK', retryable: true });
  });

  test('the server resets the connection', async () => {
    const server = await serveTcp((socket) => socket.once('data', () => socket.resetAndDestroy()));
    expect(await failureOf({ url: server.url })).toMatchObject({ code: 'NETWORK', retryable: true });
  });

  test.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n', 'is it "https://"?'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx', 'HPE_'],
    [
      'a length and chunks',
      'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      'HPE_',
    ],
    [
      'too long a head',
      `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
      'its headers are larger than 16 KiB',
    ],
  ])('the server does not speak HTTP: %s', async (_title, text, message) => {
    const server = await serveText(text);
    const failure = await failureOf({ url: server.url });
    expect(failure).toMatchObject({ code: 'BAD_RESPONSE', retryable: false });
    expect(failure.message).toContain(message);
  });

  test('the server switches to another protocol nobody asked for', async () => {
    const server = await serveText(
      'HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
      'stay',
    );
    expect((await failureOf({ url: server.url })).code).toBe('NETWORK');
  });
});

describe('an abort', () => {
  const reason = new StepFailure('CANCELED', 'no longer wanted');

  test.each([
    ['before it begins', ''],
    ['while nothing comes', ''],
    ['while the head comes', 'HTTP/1.1 200 OK\r\nx: '],
    ['while the body comes', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'],
  ] as const)('ends a request at once, %s', async (title, text) => {
    const abort = new AbortController();
    let hungUp = (): void => {};
    const closed = new Promise<void>((resolve) => {
      hungUp = resolve;
    });
    const server = await serveTcp((socket) => {
      socket.on('close', hungUp);
      socket.once('data', () => {
        socket.write(text);
        setImmediate(() => abort.abort(reason));
      });
    });
    if (title === 'before it begins') {
      abort.abort(reason);
      hungUp();
    }
    expect(await failureOf({ url: server.url, signal: abort.signal })).toBe(reason);
    await closed;
  });

  test('ends a request whose name is still being looked up', async () => {
    const abort = new AbortController();
    const connections = new Connections({
      allowPrivateNetwork: false,
      resolve: () => {
        setImmediate(() => abort.abort(reason));
        return new Promise(() => {});
      },
    });
    expect(await failureOf({ url: 'http://slow.example/', connections, signal: abort.signal })).toBe(reason);
  });
});

describe('a kept connection', () => {
  const routes: Routes = { '/': send('x') };

  test('serves the next request without a body', async () => {
    const server = await serve(routes);
    for (let n = 0; n < 5; n++) await textOf({ url: server.url });
    expect(server.connections()).toBe(1);
    for (let n = 0; n < 3; n++) await textOf({ url: server.url, method: 'POST', body: Buffer.from('x') });
    expect(server.connections()).toBe(4);
  });

  test('that the server has just closed is replaced, and the request asked once', async () => {
    const served = { count: 0 };
    const server = await serveTcp((socket) => {
      socket.on('data', () => {
        // A second request on the same connection meets a server that has hung up.
        if (served.count++ % 2 === 1) socket.resetAndDestroy();
        else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      });
    });
    expect(await textOf({ url: server.url })).toBe('ok');
    expect(await textOf({ url: server.url })).toBe('ok');
    expect(served.count).toBe(3);
  });

  test('is not kept when its body was not read to the end', async () => {
    const server = await serve({ '/': endless(), '/x': send('x') });
    for await (const _piece of (await ask({ url: server.url })).body) break;
    await textOf({ url: `${server.url}/x` });
    expect(server.connections()).toBe(2);
  });
});
