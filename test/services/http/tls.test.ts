import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, onTestFinished, test } from 'vitest';
import { failureOf } from './ask.ts';
import { EXPIRED, KEY, SELF_SIGNED } from './certificates.ts';
import { freePort, type Routes, serve, serveText } from './local-server.ts';

const hello: Routes = { '/': (_request, response) => response.end('hello') };

test('a certificate that signed itself is refused, with the way to trust it', async () => {
  const server = await serve(hello, { tls: { key: KEY, cert: SELF_SIGNED } });
  const failure = await failureOf({ url: server.url });
  expect(failure).toMatchObject({ code: 'TLS', retryable: false });
  expect(failure.message).toMatch(
    /no secure connection: its certificate (is self-signed|was signed by an authority)/,
  );
  expect(failure.message).toContain('set NODE_EXTRA_CA_CERTS');
  expect(server.asked).toEqual([]);
});

test('NODE_TLS_REJECT_UNAUTHORIZED=0 does not switch the checks off', async () => {
  const server = await serve(hello, { tls: { key: KEY, cert: SELF_SIGNED } });
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  onTestFinished(() => void delete process.env.NODE_TLS_REJECT_UNAUTHORIZED);
  expect((await failureOf({ url: server.url })).code).toBe('TLS');
});

test('a server without TLS is recognised', async () => {
  const server = await serve(hello);
  const failure = await failureOf({ url: server.url.replace('http:', 'https:') });
  expect(failure).toMatchObject({ code: 'TLS', retryable: false });
  expect(failure.message).toContain('the server does not speak TLS there; is it "http://"?');
});

test('a server with TLS is recognised', async () => {
  const server = await serve(hello, { tls: { key: KEY, cert: SELF_SIGNED } });
  const failure = await failureOf({ url: server.url.replace('https:', 'http:') });
  expect(['NETWORK', 'BAD_RESPONSE']).toContain(failure.code);
  const alert = await serveText('\u0015\u0003\u0001\u0000\u0002\u0002P');
  expect((await failureOf({ url: alert.url })).message).toContain(
    'the answer is not HTTP: it begins with something else; is it "https://"?',
  );
});

test('a connection that is cut while the two make themselves known can be tried again', async () => {
  const server = await serveText('', 'destroy');
  const failure = await failureOf({ url: server.url.replace('http:', 'https:') });
  expect(failure).toMatchObject({ code: 'NETWORK', retryable: true });
  const port = await freePort();
  expect((await failureOf({ url: `https://127.0.0.1:${port}/` })).code).toBe('NETWORK');
});

test('an authority in NODE_EXTRA_CA_CERTS is trusted, for its own hosts and days', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keystone-tls-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'ca.pem'), `${SELF_SIGNED}\n${EXPIRED}\n`);
  await build({
    stdin: {
      contents: `import { httpRequest } from './src/services/http/http-request.ts';
        for (const url of process.argv.slice(2)) {
          const response = await httpRequest({ url, signal: AbortSignal.timeout(10_000), maxBytes: 1000, allowPrivateNetwork: true })
            .then(async (r) => String(await r.bytes()), (e) => e.code + ' ' + e.message);
          process.stdout.write(response + '\\n');
        }`,
      resolveDir: join(import.meta.dirname, '../../..'),
      loader: 'ts',
    },
    outfile: join(folder, 'ask.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
  const good = await serve(hello, { tls: { key: KEY, cert: SELF_SIGNED } });
  const expired = await serve(hello, { tls: { key: KEY, cert: EXPIRED } });
  const wrongName = await serve(hello, { tls: { key: KEY, cert: SELF_SIGNED }, host: '127.0.0.2' });
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(folder, 'ask.mjs'), good.url, `https://localhost:${good.port}/`, expired.url, wrongName.url],
    { env: { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') } },
  );
  const [byAddress, byName, old, other] = stdout.split('\n');
  expect([byAddress, byName]).toEqual(['hello', 'hello']);
  expect(old).toContain('TLS GET');
  expect(old).toContain('its certificate has expired');
  expect(other).toContain('its certificate is for another host');
});
