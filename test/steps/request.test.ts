/** The request kind, against real servers. The guard, redirects, encodings and TLS: test/services/http. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { request } from '../../src/steps/request/index.ts';
import type { RequestFields } from '../../src/steps/request/prepare-request.ts';
import { freePort, type Routes, serve, serveText } from '../services/http/local-server.ts';
import { context, failureOf, MIB, ok, outputOf, send } from './ask-server.ts';
import { runExample } from './run-example.ts';

describe('what is sent', () => {
  it('is a GET without a body and a POST with one, unless the author says otherwise', async () => {
    const server = await serve(ok);
    await outputOf({ url: server.url });
    await outputOf({ url: server.url, body: 'x' });
    await outputOf({ url: server.url, method: 'PUT', body: 'x' });
    await outputOf({ url: server.url, method: 'GET', body: 'x' });
    await outputOf({ url: server.url, method: 'DELETE' });
    expect(server.asked.map(({ method, body }) => `${method} ${body}`.trim())).toEqual([
      'GET',
      'POST x',
      'PUT x',
      'GET x',
      'DELETE',
    ]);
  });

  it('adds the query to the one in the URL, which stays as it is written', async () => {
    const server = await serve(ok);
    const query = { q: 'a b&c=ü', n: 5, on: true, none: null, many: ['x', 'y', null] };
    await outputOf({ url: `${server.url}/?sig=A%2bB%20C`, query });
    await outputOf({ url: server.url, query: { a: 1 } });
    await outputOf({ url: server.url, query: {} });
    expect(server.asked.map(({ path }) => path)).toEqual([
      '/?sig=A%2bB%20C&q=a+b%26c%3D%C3%BC&n=5&on=true&many=x&many=y',
      '/?a=1',
      '/',
    ]);
  });

  it('has headers of texts, numbers and lists, without those that are null', async () => {
    const server = await serve(ok);
    await outputOf({
      url: server.url,
      headers: { 'X-N': 5, 'X-L': ['a', 'b'], 'X-Null': null, 'User-Agent': 'me' },
    });
    expect(server.asked[0]?.headers).toMatchObject({ 'x-n': '5', 'x-l': 'a, b', 'user-agent': 'me' });
    expect(server.asked[0]?.headers).not.toHaveProperty('x-null');
  });

  it('has authorization by token, or by user name and password in UTF-8', async () => {
    const server = await serve(ok);
    await outputOf({ url: server.url, auth: { bearer: 't0ken' } });
    await outputOf({ url: server.url, auth: { basic: { username: 'ädä', password: 'a:b' } } });
    expect(server.asked.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer t0ken',
      `Basic ${Buffer.from('ädä:a:b').toString('base64')}`,
    ]);
  });

  it.each([
    ['a text as it is', { body: 'häl\nlo' }, 'text/plain;charset=UTF-8', 'häl\nlo'],
    ['an empty text', { body: '' }, 'text/plain;charset=UTF-8', ''],
    ['any other value as JSON', { body: { a: [1, null, 'ü'] } }, 'application/json', '{"a":[1,null,"ü"]}'],
    ['null as JSON', { body: null }, 'application/json', 'null'],
    ['a text as JSON when it is told to be', { body: 'x', bodyType: 'json' }, 'application/json', '"x"'],
    [
      'a form',
      { body: { a: 'x y&', n: 1, l: ['p', true], none: null }, bodyType: 'form' },
      'application/x-www-form-urlencoded',
      'a=x+y%26&n=1&l=p&l=true',
    ],
    [
      'a form because a header says so',
      { body: { a: 1 }, headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' } },
      'application/x-www-form-urlencoded; charset=utf-8',
      'a=1',
    ],
    [
      'XML because a header says so',
      { body: '<a/>', headers: { 'content-type': 'application/xml' } },
      'application/xml',
      '<a/>',
    ],
    [
      'JSON of a type of its own',
      { body: { a: 1 }, headers: { 'content-type': 'application/ld+json' } },
      'application/ld+json',
      '{"a":1}',
    ],
  ] as const)('%s', async (_title, fields, type, content) => {
    const server = await serve(ok);
    await outputOf({ url: server.url, ...(fields as object) });
    expect(server.asked[0]).toMatchObject({ method: 'POST', headers: { 'content-type': type } });
    expect(Buffer.from(server.asked[0]?.body ?? '', 'latin1').toString('utf8')).toBe(content);
  });

  it('is a multipart form of texts, values and files', async () => {
    const server = await serve(ok);
    const ctx = context();
    mkdirSync(join(ctx.cwd, 'dist'));
    writeFileSync(join(ctx.cwd, 'dist/a "b".bin'), Buffer.from([0, 255, 13, 10, 45, 45]));
    const body = {
      note: 'hällo',
      n: [1, 2],
      none: null,
      meta: { value: { a: 1 } },
      page: { value: '<p>', contentType: 'text/html' },
      'we"ird\r\nname': 'x',
      file: { file: 'dist/a "b".bin' },
      other: { file: 'dist/a "b".bin', filename: 'c.txt', contentType: 'text/plain' },
    };
    await outputOf({ url: server.url, bodyType: 'multipart', body }, ctx);
    const asked = server.asked[0];
    const type = String(asked?.headers['content-type']);
    const form = await new Response(Buffer.from(asked?.body ?? '', 'latin1'), {
      headers: { 'content-type': type },
    }).formData();
    const parts = await Promise.all(
      [...form].map(async ([name, part]) =>
        typeof part === 'string'
          ? [name, part]
          : [name, part.name, part.type, [...new Uint8Array(await part.arrayBuffer())]],
      ),
    );
    expect(parts).toEqual([
      ['note', 'hällo'],
      ['n', '1'],
      ['n', '2'],
      ['meta', '{"a":1}'],
      ['page', '<p>'],
      ['we"ird\r\nname', 'x'],
      ['file', 'a "b".bin', 'application/octet-stream', [0, 255, 13, 10, 45, 45]],
      ['other', 'c.txt', 'text/plain', [0, 255, 13, 10, 45, 45]],
    ]);
    expect(asked?.body).toContain('name="meta"\r\nContent-Type: application/json\r\n\r\n');
    expect(asked?.headers['content-length']).toBe(String(asked?.body.length));
  });

  it('is a file, streamed', async () => {
    const server = await serve(ok);
    const ctx = context();
    writeFileSync(join(ctx.cwd, 'big.bin'), Buffer.alloc(3 * MIB, 'z'));
    await outputOf({ url: server.url, method: 'PUT', bodyType: 'raw', body: { file: 'big.bin' } }, ctx);
    await outputOf(
      { url: server.url, bodyType: 'raw', body: { file: 'big.bin', contentType: 'image/png' } },
      ctx,
    );
    expect(server.asked[0]).toMatchObject({
      headers: { 'content-type': 'application/octet-stream', 'content-length': String(3 * MIB) },
      body: 'z'.repeat(3 * MIB),
    });
    expect(server.asked[1]?.headers['content-type']).toBe('image/png');
  });

  it.each([
    ['../secret.txt', 'OUTSIDE_CWD'],
    ['/etc/passwd', 'OUTSIDE_CWD'],
    ['link', 'OUTSIDE_CWD'],
    ['none.txt', 'FILE_NOT_FOUND'],
    ['.', 'NOT_A_FILE'],
    ['a\0b', 'INVALID_PATH'],
  ])('is never a file that is not below the folder of the run: %s', async (path, code) => {
    const server = await serve(ok);
    const ctx = context();
    symlinkSync('/etc/passwd', join(ctx.cwd, 'link'));
    for (const fields of [
      { bodyType: 'raw', body: { file: path } },
      { bodyType: 'multipart', body: { f: { file: path } } },
    ] as const)
      expect(await failureOf({ url: server.url, ...fields }, ctx)).toMatchObject({ code, retryable: false });
    expect(server.asked).toEqual([]);
  });

  it('is such a file with allowOutsideCwd', async () => {
    const server = await serve(ok);
    const folder = mkdtempSync(join(tmpdir(), 'keystone-outside-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'x'), 'outside');
    await outputOf({
      url: server.url,
      bodyType: 'raw',
      body: { file: join(folder, 'x') },
      allowOutsideCwd: true,
    });
    expect(server.asked[0]?.body).toBe('outside');
  });
});

describe('fields that make no sense', () => {
  it.each([
    ['url', { url: 'example.com' }, 'is no URL'],
    ['url', { url: 'https://ada:secret@example.com' }, 'auth: { basic'],
    ['headers', { headers: { Host: 'a', 'Transfer-Encoding': 'x' } }, 'is set by keystone itself'],
    [
      'headers',
      { headers: { Authorization: 'x' }, auth: { bearer: 'y' } },
      'there is both "auth" and a header',
    ],
    ['auth', { auth: { basic: { username: 'a:b', password: 'x' } } }, 'holds a colon'],
    ['bodyType', { bodyType: 'json' }, 'there is a "bodyType", but no "body"'],
    ['auth', { auth: {} }, '"auth" is either "{ bearer: <token> }" or'],
    ['auth', { auth: { bearer: 'x', basic: { username: 'a', password: 'b' } } }, '"auth" is either'],
    ['acceptStatus', { acceptStatus: '6xx' }, 'is a status such as 404, "4xx" or "400-409", not "6xx"'],
    ['acceptStatus', { acceptStatus: [404, 4000] }, 'not 4000'],
    ['acceptStatus', { acceptStatus: '409-400' }, 'not "409-400"'],
    ['body', { bodyType: 'form', body: 'x' }, 'a "body" of type form is a mapping'],
    ['body', { bodyType: 'form', body: { a: { b: 1 } } }, 'the form\'s "a" is no text, number or boolean'],
    ['body', { bodyType: 'multipart', body: [1] }, 'a "body" of type multipart is a mapping'],
    ['body', { bodyType: 'multipart', body: { a: { fil: 'x' } } }, 'the part "a" is no text'],
    [
      'body',
      { bodyType: 'multipart', body: { a: { value: 1, contentType: 'a\r\nb' } } },
      'a "contentType" holds',
    ],
    [
      'body',
      { bodyType: 'multipart', body: { a: 1 }, headers: { 'content-type': 'multipart/related' } },
      'leave it out',
    ],
    ['body', { bodyType: 'raw', body: { a: 1 } }, 'a raw "body" is a text, or "{ file: <path> }"'],
  ])('are refused by the compiler and at run time: %s %o', async (field, fields, message) => {
    const all = { url: 'http://127.0.0.1:9/', ...fields };
    const problem = request.check?.(all, new Set());
    expect(problem).toMatchObject({ field, message: expect.stringContaining(message) });
    const failure = await failureOf(all as RequestFields);
    expect(failure).toMatchObject({ code: expect.stringMatching(/^INVALID_/), retryable: false });
    expect(failure.message).toContain(message);
    expect(`${problem?.message}${failure.message}`).not.toContain('secret');
  });

  it('are left to run time when they are computed', () => {
    const fields = {
      url: '${{ inputs.url }}',
      auth: { bearer: '${{ inputs.t }}' },
      bodyType: 'form',
      body: '${{ steps.a.output }}',
    };
    expect(request.check?.(fields, new Set(['url', 'auth', 'body']))).toBeUndefined();
  });
});

describe('redirects', () => {
  const routes: Routes = {
    '/a': send('', undefined, 302, { location: '/b' }),
    '/b': send('', undefined, 302, { location: '/c' }),
    '/c': send('there'),
  };

  it.each([
    [undefined, 200],
    [true, 200],
    [2, 200],
    [0, 302],
    [false, 302],
  ])('with followRedirects %s end at status %d', async (followRedirects, status) => {
    const server = await serve(routes);
    const fields = { url: `${server.url}/a`, ...(followRedirects !== undefined && { followRedirects }) };
    expect((await outputOf(fields)).status).toBe(status);
  });

  it('have a limit', async () => {
    const server = await serve(routes);
    expect((await failureOf({ url: `${server.url}/a`, followRedirects: 1 })).code).toBe('TOO_MANY_REDIRECTS');
  });
});

describe('private addresses', () => {
  it('are refused unless the step or the configuration allows them; the step has the last word', async () => {
    const server = await serve(ok);
    const strict = context({ allowPrivateNetwork: false });
    expect((await failureOf({ url: server.url }, strict)).code).toBe('BLOCKED_ADDRESS');
    expect((await outputOf({ url: server.url, allowPrivateNetwork: true }, strict)).status).toBe(200);
    expect((await failureOf({ url: server.url, allowPrivateNetwork: false })).code).toBe('BLOCKED_ADDRESS');
  });
});

describe('the log', () => {
  it('has a line for each request, redirect and response, without secrets', async () => {
    const server = await serve({
      '/': send('', undefined, 302, { location: '/b?signature=f00' }),
      '/b': send('hello', 'text/plain'),
    });
    const ctx = context();
    await outputOf({ url: server.url, query: { q: 'a b', api_key: 'k3y', r: 'c' } }, ctx);
    expect(ctx.lines.map((line) => line.replaceAll(/\d+ ms/g, 'n ms'))).toEqual([
      `GET ${server.url}?q=a b&api_key=***`,
      'answered 302 Found after n ms, redirected',
      `GET ${server.url}/b?signature=***`,
      'answered 200 OK after n ms, 5 bytes read after n ms',
    ]);
  });

  it('has a line for what went wrong', async () => {
    const ctx = context();
    const port = await freePort();
    await failureOf({ url: `http://127.0.0.1:${port}/` }, ctx);
    expect(ctx.lines[1]).toMatch(/^no answer: NETWORK after \d+ ms$/);
    const server = await serve({});
    const other = context();
    await failureOf({ url: server.url }, other);
    expect(other.lines[1]).toMatch(/^answered 404 Not Found after \d+ ms: HTTP_STATUS$/);
    const invalid = context();
    await failureOf({ url: 'ftp://x' }, invalid);
    expect(invalid.lines).toEqual([]);
  });
});

it('a proxy that is set is not used; a failure that may come from that says so', async () => {
  const port = await freePort();
  const ctx = context();
  const proxied = {
    ...ctx,
    processEnv: { ...ctx.processEnv, https_proxy: 'http://user:pass@proxy.example' },
  };
  const failure = await failureOf({ url: `http://127.0.0.1:${port}/` }, proxied);
  expect(failure.message).toContain('(https_proxy is set, but requests do not use proxies)');
  expect(failure.message).not.toContain('user:pass');
});

it('an abort ends it and leaves no half of a blob', async () => {
  const server = await serveText(
    'HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 100\r\n\r\nabc',
    'stay',
  );
  const ctx = context();
  const going = failureOf({ url: server.url }, ctx);
  while (ctx.openSinks() === 0) await new Promise((resolve) => setImmediate(resolve));
  ctx.abort.abort(new Error('timeout'));
  expect((await going).code).toBe('CANCELED');
  expect(ctx.openSinks()).toBe(0);
});

describe('what is told beforehand', () => {
  it.each([
    [
      { url: 'https://api.example.com/x?a=1', query: { b: 2, token: 3 } },
      'GET https://api.example.com/x?a=1&b=2&token=***',
    ],
    [
      { url: 'https://me:pass@example.com/', query: '${{ inputs.q }}', headers: '${{ inputs.h }}' },
      'GET https://example.com/',
    ],
    [
      { url: 'https://a.example', headers: { 'X-Key': 'k3y' }, auth: { bearer: 't' }, body: { a: 1 } },
      'POST https://a.example with headers X-Key, bearer authorization, a body',
    ],
    [
      { url: 'https://${{ steps.a.output }}/x', method: 'PUT', body: {}, bodyType: 'form' },
      'PUT https://${{ steps.a.output }}/x with a form body',
    ],
    [{ url: 'nonsense' }, 'GET nonsense'],
  ])('%o: %s', (fields, text) => {
    expect(request.describe?.(fields as unknown as RequestFields)).toBe(text);
  });

  it.each([
    [{ url: 'https://api.example.com:8443/x/y?z' }, ['connect api.example.com:8443']],
    [
      { url: 'http://${{ inputs.host + "/" }}.example.com:80/x' },
      ['connect ${{ inputs.host + "/" }}.example.com:80'],
    ],
    [{ url: '${{ inputs.base }}/x' }, ['connect ${{ inputs.base }}']],
    [
      { url: 'https://a.example/', body: { a: { file: 'x.txt' }, b: [{ file: 'y.txt' }] } },
      ['connect a.example', 'read x.txt', 'read y.txt'],
    ],
  ])('%o needs leave to %j', (written, permissions) => {
    expect(request.permissions?.(written).map(({ to, what }) => `${to} ${what}`)).toEqual(permissions);
  });

  it('only what reads has no effect', () => {
    expect(
      [{}, { method: 'HEAD' }, { body: 'x', method: 'GET' }].map((fields) => request.hasEffect?.(fields)),
    ).toEqual([false, false, false]);
    expect(
      [{ body: 'x' }, { method: 'DELETE' }, { method: '${{ inputs.m }}' }].map((fields) =>
        request.hasEffect?.(fields),
      ),
    ).toEqual([true, true, true]);
  });
});

it('runs its example', async () => {
  expect(await runExample('request')).toMatchObject({
    status: 'success',
    outputs: {
      title: 'Dune',
      found: false,
      received: ['name="title"', 'name="file"', 'filename="notes.txt"'],
      cover: { bytes: 100_000 },
    },
    steps: { 'finally/stop': { outcome: 'success' } },
  });
});
