/** Request steps in runs: retries that servers ask for, secrets, what is told of failures. */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dryRun, showRun } from '../../src/app/index.ts';
import { begin, die, newWorld, openWorld, resume, type World } from '../runtime/test-project.ts';
import { serve } from '../services/http/local-server.ts';

const HOUR = 3_600_000;

/** Real servers answer in real time. */
async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await new Promise((resolve) => setTimeout(resolve, 1));
}

const privateNetwork = (world: World): World => ({
  ...world,
  config: { ...world.config, request: { ...world.config.request, allowPrivateNetwork: true } },
});

test('a server that asks for patience is asked again when it is over, also by the process after a crash', async () => {
  const answers = [
    (_request: unknown, response: ServerResponse) =>
      response.writeHead(429, { 'retry-after': '21600' }).end('busy'),
    (_request: unknown, response: ServerResponse) => response.end('served'),
  ];
  const server = await serve({ '/': (request, response) => answers.shift()?.(request, response) });
  const world = privateNetwork(newWorld());
  const source = `name: t\nsteps:\n  - { id: a, url: "${server.url}/", retry: { count: 3, baseDelay: 1s, maxDelay: 1m, jitter: false } }\n`;
  const first = openWorld(world);
  const run = await begin(first, source);
  const retries: number[] = [];
  run.subscribe((event) => {
    if (event.type === 'step.retrying') retries.push((event.dueAt ?? 0) - event.ts);
  });
  await until(() => retries.length > 0);
  await run.host.run.recorder.durable();
  expect(retries).toEqual([6 * HOUR]);
  world.clock.advance(5 * HOUR);
  await die(first);
  const second = await resume(openWorld(world), run.runId);
  world.clock.advance(0.9 * HOUR);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(server.asked).toHaveLength(1);
  world.clock.advance(0.1 * HOUR);
  const result = await second.result;
  expect(result.steps.a).toMatchObject({ status: 'success', attempts: 2, output: { body: 'served' } });
  expect(server.asked).toHaveLength(2);
});

test('a timeout ends a request the server does not answer, and hangs up', async () => {
  const hungUp: string[] = [];
  const server = await serve({
    '/': (request, response) => void response.on('close', () => hungUp.push(request.url ?? '')),
  });
  const world = privateNetwork(newWorld());
  const run = await begin(
    openWorld(world),
    `name: t\nsteps:\n  - { id: a, url: "${server.url}/", timeout: 5m }\n`,
  );
  await until(() => server.asked.length === 1);
  world.clock.advance(5 * 60_000);
  expect((await run.result).error).toMatchObject({ code: 'TIMEOUT', retryable: true });
  await until(() => hungUp.length === 1);
});

test('a failure says where in the workflow its step is, and what the server said', async () => {
  const server = await serve({ '/': (_request, response) => response.writeHead(403).end('keep out') });
  const run = await begin(
    openWorld(privateNetwork(newWorld())),
    `name: t\nsteps:\n  - id: a\n    url: ${server.url}/\n    retry: { count: 3 }\n`,
  );
  const { error, steps } = await run.result;
  expect(steps.a?.attempts).toBe(1);
  expect(error).toMatchObject({
    code: 'HTTP_STATUS',
    stepId: 'a',
    message: `GET ${server.url}/ answered 403 Forbidden: keep out`,
    details: { status: 403, body: 'keep out', line: 3, column: 5 },
  });
});

test('without leave a run reaches nothing on this machine, and the failure can be looked at', async () => {
  const server = await serve({ '/': (_request, response) => response.end('x') });
  const run = await begin(
    openWorld(newWorld()),
    `name: t
outputs: { code: "\${{ steps.a.error.code }}", address: "\${{ steps.a.error.details.address }}" }
steps:
  - { id: a, url: "http://localhost:${server.port}/", allowFailure: true, retry: { count: 2 } }
`,
  );
  const { outputs, steps } = await run.result;
  expect(steps.a?.attempts).toBe(1);
  expect(outputs).toEqual({
    code: 'BLOCKED_ADDRESS',
    address: expect.stringMatching(/^(127\.0\.0\.1|::1)$/),
  });
  expect(server.asked).toEqual([]);
});

/** Every byte of every file the run left behind. */
function filesWith(world: World, texts: readonly string[]): string[] {
  return readdirSync(join(world.cwd, '.keystone'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .flatMap((file) => {
      const content = readFileSync(file);
      return texts.filter((text) => content.includes(text)).map((text) => `${file}: ${text}`);
    });
}

test('secrets in URL, query, headers, authorization and body stay out of errors, logs, events, files and dry runs', async () => {
  // Characters that URLs escape, each in a way of their own.
  const token = `s3:${randomBytes(6).toString('hex')}/ä b"c'(d)%+&=?#é`;
  const encoded = encodeURIComponent(token);
  const server = await serve({
    '/fails': (request, response, asked) =>
      response
        .writeHead(500)
        .end(`${request.url} ${Buffer.from(asked.body, 'latin1')} ${request.headers.authorization}`),
    '/moves': (request, response) =>
      response.writeHead(307, { location: request.url?.replace('moves', 'fails') }).end(),
    '/loops': (request, response) => response.writeHead(302, { location: request.url }).end(),
  });
  const world = privateNetwork(newWorld());
  const project = openWorld(world);
  const free = `http://127.0.0.1:1`;
  const source = `
name: t
inputs: { token: { type: string, secret: true } }
on_failure: continue
steps:
  - { id: path, url: "${server.url}/fails/\${{ inputs.token }}", allowFailure: true }
  - { id: query, url: "${server.url}/fails", query: { q: "\${{ inputs.token }}" }, allowFailure: true }
  - { id: written, url: "${server.url}/fails?q=\${{ inputs.token|urlEncode }}", allowFailure: true }
  - { id: basic, url: "${server.url}/fails", auth: { basic: { username: me, password: "\${{ inputs.token }}" } }, allowFailure: true }
  - { id: body, url: "${server.url}/fails", body: "\${{ inputs.token }}", allowFailure: true }
  - { id: json, url: "${server.url}/fails", body: { a: "\${{ inputs.token }}" }, allowFailure: true }
  - { id: form, url: "${server.url}/fails", bodyType: form, body: { a: "\${{ inputs.token }}" }, allowFailure: true }
  - { id: moved, url: "${server.url}/moves", body: x, query: { q: "\${{ inputs.token }}" }, allowFailure: true }
  - { id: loops, url: "${server.url}/loops", query: { q: "\${{ inputs.token }}" }, allowFailure: true }
  - { id: refused, url: "${free}/\${{ inputs.token }}", allowFailure: true }
  - { id: header, url: "${server.url}/fails", headers: { X: "\${{ inputs.token }}\\n" }, allowFailure: true }
  - { id: host, url: "http://me:\${{ inputs.token|urlEncode }}@127.0.0.1/", allowFailure: true }
`;
  const would = await dryRun(project, { workflow: 't.yaml', source, inputs: { token } });
  const run = await begin(project, source, { inputs: { token } });
  const events: string[] = [];
  run.subscribe((event) => events.push(JSON.stringify(event)));
  const result = await run.result;
  const codes = Object.fromEntries(Object.entries(result.steps).map(([id, { error }]) => [id, error?.code]));
  expect(codes).toEqual({
    path: 'HTTP_STATUS',
    query: 'HTTP_STATUS',
    written: 'HTTP_STATUS',
    basic: 'HTTP_STATUS',
    body: 'HTTP_STATUS',
    json: 'HTTP_STATUS',
    form: 'HTTP_STATUS',
    moved: 'REDIRECT_REFUSED',
    loops: 'TOO_MANY_REDIRECTS',
    refused: 'NETWORK',
    header: 'INVALID_HEADER',
    host: 'INVALID_URL',
  });
  const forms = [
    token,
    encoded,
    encoded.toLowerCase(),
    new URLSearchParams({ t: token }).toString().slice(2),
    JSON.stringify(token).slice(1, -1),
    Buffer.from(`me:${token}`).toString('base64').slice(8, -4),
    // Its heart, in which no encoding changes anything.
    token.slice(3, 15),
  ];
  const shown = [
    JSON.stringify(would),
    JSON.stringify(result),
    JSON.stringify(await showRun(openWorld(world), run.runId)),
    ...events,
  ];
  expect(forms.flatMap((form) => shown.filter((text) => text.includes(form)))).toEqual([]);
  expect(filesWith(world, forms)).toEqual([]);
});
