/** What a request step makes of a response. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { RequestFields } from '../../src/steps/request/prepare-request.ts';
import { serve, serveText } from '../services/http/local-server.ts';
import { context, failureOf, MIB, outputOf, send } from './ask-server.ts';

describe('the output', () => {
  it('has status, headers and body', async () => {
    const server = await serve({
      '/': send('{"id":7}', 'application/json', 201, { 'x-id': 'a', 'set-cookie': 'a=1' }),
    });
    expect(await outputOf({ url: server.url })).toMatchObject({
      status: 201,
      headers: { 'x-id': 'a', 'set-cookie': ['a=1'], 'content-type': 'application/json' },
      body: { id: 7 },
    });
  });

  it.each([
    ['JSON is parsed', 'application/json; charset=utf-8', '{"a":1}', { a: 1 }],
    ['so is any type of JSON', 'application/problem+json', '[1]', [1]],
    ['a byte order mark is no part of it', 'application/json', '\ufeff{"a":1}', { a: 1 }],
    ['text is text', 'text/html', '<p>', '<p>'],
    ['CSV', 'text/csv', 'a,b', 'a,b'],
    ['lines of JSON are text', 'application/x-ndjson', '{}\n{}', '{}\n{}'],
    ['XML', 'application/atom+xml', '<a/>', '<a/>'],
    ['what says nothing is text if it is some', undefined, 'hällo', 'hällo'],
    ['an empty text', 'text/plain', '', ''],
    ['empty JSON is null', 'application/json', '', null],
    ['nothing is null', undefined, '', null],
  ])('%s', async (_title, type, content, body) => {
    const server = await serve({ '/': send(content, type) });
    expect((await outputOf({ url: server.url })).body).toEqual(body);
  });

  it('is decoded as the response says', async () => {
    const server = await serve({
      '/': send(Buffer.from('h\u00e4llo', 'latin1'), 'text/plain; charset="ISO-8859-1"'),
      '/utf16': send(Buffer.from('hä', 'utf16le'), 'text/plain;charset=utf-16le'),
    });
    expect((await outputOf({ url: server.url })).body).toBe('hällo');
    expect((await outputOf({ url: `${server.url}/utf16` })).body).toBe('hä');
  });

  it.each([
    ['application/octet-stream', Buffer.from('text')],
    ['image/png', Buffer.from([137, 80])],
    [undefined, Buffer.from([255, 254, 0])],
    ['text/plain', Buffer.from([104, 228])],
    ['text/plain; charset=nonsense', Buffer.from('x')],
    ['application/json', Buffer.alloc(11 * MIB, ' ')],
    ['text/plain', Buffer.alloc(11 * MIB, 'x')],
  ])('is a reference when it is binary, no text after all, or over 10 MiB: %s', async (type, content) => {
    const server = await serve({ '/': send(content, type) });
    const ctx = context();
    const { body } = await outputOf({ url: server.url }, ctx);
    expect(body).toEqual({ blob: expect.stringMatching(/^[0-9a-f]{64}$/), bytes: content.byteLength });
    const stored = ctx.blobs.get((body as { blob: string }).blob);
    expect(stored?.bytes).toBe(content.byteLength);
    if (content.byteLength < MIB) expect(stored?.content.equals(content)).toBe(true);
    expect(ctx.openSinks()).toBe(0);
  });

  it('is what the author wants it to be', async () => {
    const server = await serve({ '/': send('{"a":1}', 'text/plain'), '/204': send('', undefined, 204) });
    expect((await outputOf({ url: server.url, as: 'json' })).body).toEqual({ a: 1 });
    expect((await outputOf({ url: server.url, as: 'text' })).body).toBe('{"a":1}');
    expect((await outputOf({ url: server.url, as: 'blob' })).body).toMatchObject({ bytes: 7 });
    expect((await outputOf({ url: `${server.url}/204`, as: 'json' })).body).toBeNull();
    expect((await outputOf({ url: `${server.url}/204`, as: 'text' })).body).toBe('');
    expect((await outputOf({ url: `${server.url}/204`, as: 'blob' })).body).toMatchObject({ bytes: 0 });
    expect((await outputOf({ url: server.url, method: 'HEAD' })).body).toBeNull();
  });

  it.each([
    ['no JSON', { as: 'json' }, 'text/html', '<html> oops', 'is not JSON: it begins with "<html> oops"'],
    ['broken JSON', {}, 'application/json', '{"a":', 'is not JSON'],
    [
      'no text',
      { as: 'text' },
      'image/png',
      Buffer.from([255, 0]),
      'is not text: its bytes are no UTF-8 text',
    ],
    [
      'JSON of a million levels',
      {},
      'application/json',
      '['.repeat(1e6) + ']'.repeat(1e6),
      'nested deeper than 500 levels',
    ],
  ])('fails for what is %s', async (_title, fields, type, content, message) => {
    const server = await serve({ '/': send(content, type) });
    const failure = await failureOf({ url: server.url, ...(fields as object) });
    expect(failure).toMatchObject({ code: 'BODY_NOT_PARSED', retryable: true });
    expect(failure.message).toContain(message);
  });

  it('fails when it is too large for what the author wants it to be', async () => {
    const server = await serve({ '/': send(Buffer.alloc(11 * MIB, 'x'), 'text/plain') });
    expect(await failureOf({ url: server.url, as: 'text' })).toMatchObject({
      code: 'TOO_LARGE',
      retryable: false,
    });
  });

  it('fails when it is larger than maxBytes, of the step or else of the configuration, and leaves nothing behind', async () => {
    const server = await serve({
      '/': send(gzipSync(Buffer.alloc(MIB)), 'image/png', 200, { 'content-encoding': 'gzip' }),
    });
    expect((await failureOf({ url: server.url, maxBytes: MIB - 1 })).code).toBe('TOO_LARGE');
    expect((await failureOf({ url: server.url }, context({ maxBytes: MIB - 1 }))).code).toBe('TOO_LARGE');
    const { body } = await outputOf({ url: server.url, maxBytes: MIB }, context({ maxBytes: 1 }));
    expect(body).toMatchObject({ bytes: MIB });
  });
});

describe('a status', () => {
  it.each([
    [400, false],
    [401, false],
    [403, false],
    [404, false],
    [408, true],
    [409, false],
    [410, false],
    [422, false],
    [429, true],
    [500, true],
    [501, true],
    [502, true],
    [503, true],
    [504, true],
    [599, true],
  ])('%d fails; trying again can help: %s', async (status, retryable) => {
    const server = await serve({ '/': send('{"error":\n"no"}', 'application/json', status) });
    const failure = await failureOf({ url: `${server.url}/?token=t0ps3cret` });
    expect(failure).toMatchObject({
      code: 'HTTP_STATUS',
      retryable,
      retryAfterMs: undefined,
      details: { status, url: `${server.url}/?token=***`, body: '{"error":\n"no"}' },
    });
    expect(failure.message).toMatch(
      new RegExp(`^GET ${server.url}/\\?token=\\*\\*\\* answered ${status} .*: \\{"error": "no"\\}$`),
    );
  });

  it.each([200, 201, 204, 299, 304])('%d does not', async (status) => {
    const server = await serve({ '/': send('', undefined, status) });
    expect((await outputOf({ url: server.url })).status).toBe(status);
  });

  it.each([
    [404, true],
    ['404', true],
    ['4xx', true],
    ['400-404', true],
    [[409, 404], true],
    [['5xx', '4xx'], true],
    [403, false],
    ['5xx', false],
    ['400-403', false],
    [[400, '405-499'], false],
  ])('404 with acceptStatus %j is accepted: %s', async (acceptStatus, accepted) => {
    const server = await serve({ '/': send('gone', 'text/plain', 404) });
    const fields = { url: server.url, acceptStatus } as RequestFields;
    if (accepted) expect(await outputOf(fields)).toMatchObject({ status: 404, body: 'gone' });
    else expect((await failureOf(fields)).code).toBe('HTTP_STATUS');
  });

  it('does not depend on its body, which may be long, broken or binary', async () => {
    const server = await serve({
      '/long': send('x'.repeat(20 * MIB), 'text/plain', 500),
      '/zip': send('not compressed', 'text/plain', 500, { 'content-encoding': 'gzip' }),
      '/escape': send('\u001b[31mred\u0007', 'text/plain', 500),
    });
    const long = await failureOf({ url: `${server.url}/long` });
    expect(long.details?.body).toBe(`${'x'.repeat(4096)}…`);
    expect(long.message.length).toBeLessThan(400);
    expect(await failureOf({ url: `${server.url}/zip` })).toMatchObject({ code: 'HTTP_STATUS' });
    expect((await failureOf({ url: `${server.url}/escape` })).message).toMatch(/: \[31mred$/);
    const cut = await serveText('HTTP/1.1 503 Busy\r\ncontent-length: 100\r\n\r\nabc', 'destroy');
    expect(await failureOf({ url: cut.url })).toMatchObject({
      code: 'HTTP_STATUS',
      details: { body: 'abc…' },
    });
  });

  it('may say when to try again, in seconds or as a moment by its own clock', async () => {
    const server = await serve({
      '/seconds': send('', undefined, 429, { 'retry-after': '90' }),
      '/moment': send('', undefined, 503, {
        'retry-after': 'Sun, 22 Nov 2026 10:02:00 GMT',
        date: 'Sun, 22 Nov 2026 10:00:00 GMT',
      }),
      '/never': send('', undefined, 404, { 'retry-after': '90' }),
      '/nonsense': send('', undefined, 503, { 'retry-after': 'later' }),
    });
    const at = async (path: string) => (await failureOf({ url: server.url + path })).toFailure().retryAfterMs;
    expect(await at('/seconds')).toBe(90_000);
    expect(await at('/moment')).toBe(120_000);
    expect(await at('/never')).toBeUndefined();
    expect(await at('/nonsense')).toBeUndefined();
    expect((await failureOf({ url: `${server.url}/seconds` })).message).toContain(
      '429 Too Many Requests (to be tried again in 90 s)',
    );
  });
});
