/** The guard against private addresses, with names that resolve as the test wants. */
import type { LookupAddress } from 'node:dns';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Connections, type ConnectionsOptions } from '../../../src/services/http/connections.ts';
import { ask, failureOf, textOf } from './ask.ts';
import { serve } from './local-server.ts';

const ANY = 'GET';

function connections(options: Partial<ConnectionsOptions>): Connections {
  const made = new Connections({ allowPrivateNetwork: false, ...options });
  onTestFinished(() => made.close());
  return made;
}

const at = (...addresses: string[]): LookupAddress[] =>
  addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

/** 127.0.0.1 stands for a public server, every other address of this machine for a private one. */
const onlyFirstIsPublic = (address: string): string | undefined =>
  address === '127.0.0.1' ? undefined : 'a private address';

describe('without leave', () => {
  test.each([
    'http://127.0.0.1:9/',
    'http://localhost:9/',
    'http://LOCALHOST:9/',
    'http://2130706433:9/',
    'http://0x7f.1:9/',
    'http://0177.0.0.1:9/',
    'http://127.1:9/',
    'http://0:9/',
    'http://%31%32%37.0.0.1:9/',
    'http://①②⑦.0.0.1:9/',
    'http://127。0。0。1:9/',
    'http://[::1]:9/',
    'http://[::ffff:127.0.0.1]:9/',
    'http://[::ffff:7f00:1]:9/',
    'http://[0:0:0:0:0:0:0:1]:9/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[fd00:ec2::254]/latest/meta-data/',
    'http://10.1.2.3/',
    'https://192.168.0.1/',
    'http://100.64.1.1/',
    'http://0.0.0.0:9/',
    'http://[64:ff9b::7f00:1]/',
  ])('%s is refused, for good, and says what would allow it', async (url) => {
    const failure = await failureOf({ url, allowPrivateNetwork: false });
    expect(failure).toMatchObject({ code: 'BLOCKED_ADDRESS', retryable: false });
    expect(failure.message).toContain('write "allowPrivateNetwork: true" if that is meant');
  });

  test('a name is refused with the address that gave it away', async () => {
    const failure = await failureOf({
      url: 'http://intranet.example/',
      connections: connections({ resolve: async () => at('10.7.7.7') }),
    });
    expect(failure.message).toBe(
      'intranet.example resolves to 10.7.7.7, a private address; write "allowPrivateNetwork: true" if that is meant',
    );
    expect(failure.details).toEqual({ host: 'intranet.example', address: '10.7.7.7' });
  });

  test('one private address among public ones is enough', async () => {
    for (const addresses of [
      at('127.0.0.1', '127.0.0.2'),
      at('127.0.0.2', '127.0.0.1'),
      at('127.0.0.1', '::1'),
    ]) {
      const failure = await failureOf({
        url: 'http://both.example/',
        connections: connections({ resolve: async () => addresses, blocked: onlyFirstIsPublic }),
      });
      expect(failure.code).toBe('BLOCKED_ADDRESS');
    }
  });
});

// Other systems have only one loopback address.
describe.runIf(process.platform === 'linux')('a name that changes its mind (DNS rebinding)', () => {
  test('is asked once for a connection, which goes to the address that was judged', async () => {
    const open = await serve({ '/': (_request, response) => response.end('public') });
    const hidden = await serve(
      { '/': (_request, response) => response.end('private') },
      { host: '127.0.0.2', port: open.port },
    );
    const resolve = vi.fn<() => Promise<LookupAddress[]>>();
    resolve.mockResolvedValueOnce(at('127.0.0.1')).mockResolvedValue(at('127.0.0.2'));
    const text = await textOf({
      url: `http://rebind.example:${open.port}/`,
      connections: connections({ resolve, blocked: onlyFirstIsPublic }),
    });
    expect(text).toBe('public');
    expect(resolve).toHaveBeenCalledTimes(1);
    expect(hidden.asked).toEqual([]);
  });

  test('is judged again for the next connection', async () => {
    const open = await serve({
      '/': (_request, response) => response.writeHead(200, { connection: 'close' }).end('public'),
    });
    const hidden = await serve(
      { '/': (_request, response) => response.end('private') },
      { host: '127.0.0.2', port: open.port },
    );
    const resolve = vi.fn<() => Promise<LookupAddress[]>>();
    resolve.mockResolvedValueOnce(at('127.0.0.1')).mockResolvedValue(at('127.0.0.2'));
    const url = `http://rebind.example:${open.port}/`;
    const shared = connections({ resolve, blocked: onlyFirstIsPublic });
    expect(await textOf({ url, connections: shared })).toBe('public');
    expect((await failureOf({ url, connections: shared })).code).toBe('BLOCKED_ADDRESS');
    expect(hidden.asked).toEqual([]);
  });

  test('is judged again when it redirects to itself', async () => {
    const open = await serve({
      '/': (_request, response) =>
        response.writeHead(302, { location: '/private', connection: 'close' }).end(),
      '/private': (_request, response) => response.end('public'),
    });
    const hidden = await serve(
      { '/private': (_request, response) => response.end('private') },
      { host: '127.0.0.2', port: open.port },
    );
    const resolve = vi.fn<() => Promise<LookupAddress[]>>();
    resolve.mockResolvedValueOnce(at('127.0.0.1')).mockResolvedValue(at('127.0.0.2'));
    const failure = await failureOf({
      url: `http://rebind.example:${open.port}/`,
      connections: connections({ resolve, blocked: onlyFirstIsPublic }),
    });
    expect(failure.code).toBe('BLOCKED_ADDRESS');
    expect(hidden.asked).toEqual([]);
  });
});

describe('a redirect', () => {
  test.each([
    'http://127.0.0.2:9/',
    'http://0x7f.2:9/',
    'http://[::ffff:127.0.0.2]:9/',
    '//127.0.0.2:9/',
    'http://hidden.example:9/',
  ])('to %s is judged like the first request', async (location) => {
    const open = await serve({ '/': (_request, response) => response.writeHead(302, { location }).end() });
    const resolve = async (host: string) => at(host === 'hidden.example' ? '127.0.0.2' : '127.0.0.1');
    const failure = await failureOf({
      url: `http://open.example:${open.port}/`,
      connections: connections({ resolve, blocked: onlyFirstIsPublic }),
    });
    expect(failure.code).toBe('BLOCKED_ADDRESS');
  });
});

test('a connection that one permission has opened does not serve another', async () => {
  const server = await serve({ '/': (_request, response) => response.end('hello') });
  expect(await textOf({ url: server.url })).toBe('hello');
  expect((await failureOf({ url: server.url, allowPrivateNetwork: false })).code).toBe('BLOCKED_ADDRESS');
  const byName = `http://localhost:${server.port}/`;
  expect(await textOf({ url: byName })).toBe('hello');
  expect((await failureOf({ url: byName, allowPrivateNetwork: false })).code).toBe('BLOCKED_ADDRESS');
});

test('the next address is tried when one does not answer, and only those that were judged', async () => {
  const server = await serve({ '/': (_request, response) => response.end('second') });
  const text = await textOf({
    url: `http://two.example:${server.port}/`,
    connections: connections({
      allowPrivateNetwork: true,
      resolve: async () => at('127.0.0.3', '127.0.0.1'),
    }),
  });
  expect(text).toBe('second');
});

test.each([
  [{ code: 'ENOTFOUND', syscall: 'getaddrinfo' }, 'cannot find gone.example: there is no such name'],
  [{ code: 'EAI_AGAIN', syscall: 'getaddrinfo' }, 'cannot find gone.example: the name server did not answer'],
  [{}, 'cannot find gone.example: there is no such name'],
])('a name that is not found can be tried again: %o', async (error, message) => {
  const resolve = async (): Promise<LookupAddress[]> => {
    if ('code' in error) throw Object.assign(new Error('getaddrinfo'), error);
    return [];
  };
  const failure = await failureOf({ url: 'http://gone.example/', connections: connections({ resolve }) });
  expect(failure).toMatchObject({
    code: 'DNS',
    retryable: true,
    message: `${ANY} http://gone.example/: ${message}`,
  });
});

test.each([
  ['ftp://example.com/', 'is of ftp; only http and https are possible'],
  ['file:///etc/passwd', 'is of file; only http and https are possible'],
  ['example.com/path', 'is no URL; write all of it, such as https://example.com/path'],
  ['/path', 'is no URL'],
  ['', 'is no URL'],
  ['http://', 'is no URL'],
  ['http://a b/', 'is no URL'],
  ['javascript:alert(1)', 'is of javascript; only http and https are possible'],
])('"%s" is refused before anything is looked up', async (url, message) => {
  const failure = await failureOf({ url });
  expect(failure).toMatchObject({ code: 'INVALID_URL', retryable: false });
  expect(failure.message).toContain(message);
});

test('credentials in a URL are refused and not repeated', async () => {
  const failure = await failureOf({ url: 'https://ada:hunter22@example.com/x' });
  expect(failure.code).toBe('INVALID_URL');
  expect(failure.message).not.toMatch(/ada|hunter22/);
  expect(failure.message).toContain('auth: { basic: { username, password } }');
});

test('a name is asked in the language of its resolver, a number is not asked at all', async () => {
  const resolve = vi.fn(async () => at('127.0.0.1'));
  const server = await serve({ '/': (_request, response) => response.end('x') });
  const own = connections({ resolve, allowPrivateNetwork: true });
  await (await ask({ url: `http://Bücher.example:${server.port}/`, connections: own })).bytes();
  await (await ask({ url: `http://127.0.0.1:${server.port}/`, connections: own })).bytes();
  expect(resolve.mock.calls).toEqual([['xn--bcher-kva.example']]);
});
