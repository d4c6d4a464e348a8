import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { HopReport } from '../../../src/services/http/http-request.ts';
import { nextHop } from '../../../src/services/http/redirect.ts';
import { ask, failureOf, textOf } from './ask.ts';
import { type Routes, serve } from './local-server.ts';

const to =
  (location: string, status = 302) =>
  (_request: unknown, response: ServerResponse): void =>
    void response.writeHead(status, { location }).end();

const ROUTES: Routes = {
  '/end': (request, response) => response.end(`${request.method} end`),
  '/once': to('/end'),
  '/relative/x': to('../end?a=1#part'),
  '/ring/a': to('/ring/b'),
  '/ring/b': to('/ring/c'),
  '/ring/c': to('/ring/b'),
  '/self': to('/self'),
  '/nowhere': to('http://'),
  '/file': to('file:///etc/passwd'),
  '/data': to('data:text/plain,hello'),
  '/credentials': to('http://ada:hunter22@example.com/'),
  '/umlaut': (_request, response) =>
    response.writeHead(302, { location: Buffer.from('/ü').toString('latin1') }).end(),
  '/%C3%BC': (_request, response) => response.end('ü'),
  '/no-location': (_request, response) => response.writeHead(302).end('nowhere'),
  '/large': (_request, response) => {
    response.writeHead(302, { location: '/end', 'content-length': '100000000' });
    response.write('x'.repeat(1000));
  },
  '/endless': (_request, response) => {
    response.writeHead(302, { location: '/end' });
    const write = (): void => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
    };
    response.on('drain', write);
    write();
  },
};
for (const status of [301, 302, 303, 307, 308]) ROUTES[`/${status}`] = to('/end', status);
for (let n = 0; n < 30; n++) ROUTES[`/count/${n}`] = to(`/count/${n + 1}`);

describe('GET and HEAD', () => {
  test.each([301, 302, 303, 307, 308])('are followed after %d', async (status) => {
    const server = await serve(ROUTES);
    expect(await textOf({ url: `${server.url}/${status}` })).toBe('GET end');
    expect((await ask({ url: `${server.url}/${status}`, method: 'HEAD' })).status).toBe(200);
    expect(server.asked.map(({ method }) => method)).toEqual(['GET', 'GET', 'HEAD', 'HEAD']);
  });

  test.each(['/relative/x', '/umlaut'])('follow what %s says', async (path) => {
    const server = await serve(ROUTES);
    expect((await ask({ url: server.url + path })).status).toBe(200);
  });

  test.each(['/large', '/endless'])('do not read the body of a redirect: %s', async (path) => {
    const server = await serve(ROUTES);
    expect(await textOf({ url: server.url + path })).toBe('GET end');
  });

  test('tell of each hop', async () => {
    const server = await serve(ROUTES);
    const hops: HopReport[] = [];
    const response = await ask({ url: `${server.url}/once?token=t0ps3cret`, onHop: (hop) => hops.push(hop) });
    expect(response).toMatchObject({ status: 200, method: 'GET', url: `${server.url}/end` });
    response.discard();
    expect(hops).toEqual([
      { event: 'request', method: 'GET', url: `${server.url}/once?token=***` },
      {
        event: 'response',
        method: 'GET',
        url: `${server.url}/once?token=***`,
        status: 302,
        statusText: 'Found',
      },
      { event: 'request', method: 'GET', url: `${server.url}/end` },
      { event: 'response', method: 'GET', url: `${server.url}/end`, status: 200, statusText: 'OK' },
    ]);
  });

  test('with maxRedirects 0 the redirect is the response', async () => {
    const server = await serve(ROUTES);
    expect(await ask({ url: `${server.url}/once`, maxRedirects: 0 })).toMatchObject({
      status: 302,
      headers: { location: '/end' },
    });
  });

  test('a redirect without a place to go to is a response like any other', async () => {
    const server = await serve(ROUTES);
    expect(await textOf({ url: `${server.url}/no-location` })).toBe('nowhere');
  });
});

describe('a redirect is refused', () => {
  test.each([
    ['/nowhere', 'that is no URL'],
    ['/file', 'only http and https are followed'],
    ['/data', 'only http and https are followed'],
    ['/credentials', 'it brings credentials along'],
  ])('%s: %s', async (path, why) => {
    const server = await serve(ROUTES);
    const failure = await failureOf({ url: server.url + path });
    expect(failure).toMatchObject({ code: 'REDIRECT_REFUSED', retryable: false });
    expect(failure.message).toContain(`${server.url}${path} answered 302 to `);
    expect(failure.message).toContain(why);
    expect(failure.message).not.toContain('hunter22');
  });

  test('from https to http', () => {
    const url = new URL('https://a.example/x');
    const from = { method: 'GET', url, shown: url.href, headers: {} };
    const limits = { visited: [from], maxRedirects: 5, hasBody: false };
    expect(() => nextHop(from, { status: 301, location: 'http://a.example/x' }, limits)).toThrow(
      'GET https://a.example/x answered 301 to http://a.example/x, which is not followed: from https to http',
    );
    expect(nextHop(from, { status: 301, location: '//b.example/y' }, limits)?.url.href).toBe(
      'https://b.example/y',
    );
  });

  test.each([301, 302, 307, 308])('of a POST, after %d: its body is not sent twice', async (status) => {
    const server = await serve(ROUTES);
    const failure = await failureOf({
      url: `${server.url}/${status}`,
      method: 'POST',
      body: Buffer.from('a=1'),
    });
    expect(failure).toMatchObject({
      code: 'REDIRECT_REFUSED',
      details: { status, location: `${server.url}/end` },
    });
    expect(failure.message).toContain('POST with a body is not sent again by itself');
    expect(server.asked).toHaveLength(1);
  });

  test.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])('of a %s without a body', async (method) => {
    const server = await serve(ROUTES);
    expect((await failureOf({ url: `${server.url}/307`, method })).code).toBe('REDIRECT_REFUSED');
  });

  test('of a GET with a body', async () => {
    const server = await serve(ROUTES);
    const failure = await failureOf({ url: `${server.url}/302`, method: 'GET', body: Buffer.from('{}') });
    expect(failure.code).toBe('REDIRECT_REFUSED');
  });
});

test('303 after a POST is asked with GET, without the body and what belonged to it', async () => {
  const server = await serve(ROUTES);
  const headers = { 'Content-Type': 'text/plain', 'Content-Language': 'en', 'X-Trace': '7' };
  const question = { url: `${server.url}/303`, method: 'POST', body: Buffer.from('hello'), headers };
  expect(await textOf(question)).toBe('GET end');
  expect(server.asked[1]).toMatchObject({ method: 'GET', body: '', headers: { 'x-trace': '7' } });
  const sent = Object.keys(server.asked[1]?.headers ?? {});
  expect(sent.filter((name) => name.startsWith('content-'))).toEqual([]);
});

describe('what another origin gets to see', () => {
  const secrets = {
    Authorization: 'Bearer t0ken',
    Cookie: 'session=1',
    'X-Api-Key': 'k',
    'PRIVATE-TOKEN': 'p',
    Host: 'other.example',
    'If-None-Match': '"x"',
  };
  const harmless = { Accept: 'text/x', 'Accept-Language': 'pt', 'User-Agent': 'me' };

  test('is no header that may be a credential', async () => {
    const other = await serve(ROUTES);
    const server = await serve({ '/': to(`${other.url}/end`) });
    await (await ask({ url: server.url, headers: { ...secrets, ...harmless } })).bytes();
    expect(server.asked[0]?.headers).toMatchObject({ authorization: 'Bearer t0ken', host: 'other.example' });
    expect(other.asked[0]?.headers).toEqual({
      accept: 'text/x',
      'accept-language': 'pt',
      'accept-encoding': 'gzip, deflate, br',
      'user-agent': 'me',
      host: `127.0.0.1:${other.port}`,
      connection: 'keep-alive',
    });
  });

  test('stays away also when the way leads back', async () => {
    const server = await serve({
      ...ROUTES,
      '/out': (_request, response) => to(`${other.url}/back`)(_request, response),
    });
    const other = await serve({ '/back': to(`${server.url}/end`) });
    await (await ask({ url: `${server.url}/out`, headers: secrets })).bytes();
    expect(server.asked[1]?.headers).not.toHaveProperty('authorization');
    expect(server.asked[1]?.headers).not.toHaveProperty('x-api-key');
  });

  test('the same origin gets all of them again', async () => {
    const server = await serve(ROUTES);
    await (await ask({ url: `${server.url}/once`, headers: secrets })).bytes();
    expect(server.asked[1]?.headers).toMatchObject({ authorization: 'Bearer t0ken', 'private-token': 'p' });
  });
});

describe('an end', () => {
  test('comes after as many redirects as are allowed', async () => {
    const server = await serve(ROUTES);
    const failure = await failureOf({ url: `${server.url}/count/0`, maxRedirects: 3 });
    expect(failure).toMatchObject({ code: 'TOO_MANY_REDIRECTS', retryable: false });
    expect(failure.message).toContain('redirected more than 3 times');
    expect(server.asked.map(({ path }) => path)).toEqual(['/count/0', '/count/1', '/count/2', '/count/3']);
    expect((await failureOf({ url: `${server.url}/count/0` })).message).toContain('more than 10 times');
  });

  test('comes at once to a circle, which is named', async () => {
    const server = await serve(ROUTES);
    const failure = await failureOf({ url: `${server.url}/ring/a` });
    const [b, c] = [`${server.url}/ring/b`, `${server.url}/ring/c`];
    expect(failure.message).toBe(`GET is redirected in a circle: ${b} → ${c} → ${b}`);
    expect(server.asked).toHaveLength(3);
    expect((await failureOf({ url: `${server.url}/self` })).message).toContain(
      `${server.url}/self → ${server.url}/self`,
    );
  });
});
