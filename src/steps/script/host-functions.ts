/** What `allow` grants a script: functions that do something for it, guarded as the kinds `request` and `file` are. */
import { isUtf8 } from 'node:buffer';
import { StepFailure } from '../../kernel/failure.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { codeOf, guardPath } from '../../services/files/guarded-path.ts';
import { openRegular } from '../../services/files/open-regular.ts';
import { httpRequest } from '../../services/http/http-request.ts';
import type { HostFunction } from '../../services/sandbox/run-sandboxed.ts';
import type { StepContext } from '../define.ts';

const MAX_BYTES = 10 * 1024 * 1024;

/** Makes of what `fetch` answers what scripts know from elsewhere, as far as it goes. Runs in the sandbox. */
export const PREPARE = `(host) => {
  const { fetch, ...globals } = host;
  if (fetch === undefined) return globals;
  return {
    ...globals,
    fetch: (url, options) => fetch(String(url), options ?? {}).then(({ body, headers, ...answer }) => ({
      ...answer,
      ok: answer.status >= 200 && answer.status < 300,
      headers: Object.defineProperty(headers, 'get', { value: (name) => headers[String(name).toLowerCase()] ?? null }),
      text: async () => body,
      json: async () => JSON.parse(body),
    })),
  };
}`;

/** @param grants of `allow`. `secrets` is no function: they are values of the script. */
export function hostFunctions(
  grants: readonly string[],
  allowPrivateNetwork: boolean,
  ctx: StepContext,
): Record<string, HostFunction> {
  return {
    ...(grants.includes('fetch') && {
      fetch: ([url, options], signal) =>
        fetchText(String(url), optionsOf(options), { ctx, signal, allowPrivateNetwork }),
    }),
    ...(grants.includes('readFile') && { readFile: ([path]) => readText(path, ctx) }),
  };
}

interface FetchOptions {
  method?: string;
  headers?: Record<string, string | string[]>;
  body?: Buffer;
}

interface FetchSetting {
  ctx: StepContext;
  signal: AbortSignal;
  allowPrivateNetwork: boolean;
}

async function fetchText(url: string, options: FetchOptions, setting: FetchSetting): Promise<Json> {
  const { ctx, signal, allowPrivateNetwork } = setting;
  const response = await httpRequest({
    url,
    ...options,
    signal,
    maxBytes: MAX_BYTES,
    allowPrivateNetwork,
    onHop: (hop) => {
      const status = hop.event === 'response' ? ` answered ${hop.status}` : '';
      ctx.log.info(`fetch: ${hop.method} ${hop.url}${status}`);
    },
  });
  const bytes = await response.bytes();
  if (!isUtf8(bytes)) {
    throw new StepFailure(
      'NOT_TEXT',
      `the answer of ${response.url} is no text in UTF-8, which is all that fetch() of a script can hold; use a request step`,
    );
  }
  const { status, statusText, headers } = response;
  return { status, statusText, url: response.url, headers: { ...headers }, body: bytes.toString('utf8') };
}

/** @throws {TypeError} said to the script. */
function optionsOf(written: Json | undefined): FetchOptions {
  const options = isObject(written) ? written : {};
  for (const name of Object.keys(options))
    if (!['method', 'headers', 'body'].includes(name))
      throw new TypeError(`fetch() does not know "${name}"; it knows method, headers and body`);
  const { method, headers, body } = options;
  if (method !== undefined && typeof method !== 'string') throw new TypeError('method must be text');
  if (headers !== undefined && !isObject(headers)) throw new TypeError('headers must be an object');
  if (body !== undefined && body !== null && typeof body !== 'string')
    throw new TypeError('body must be text; use JSON.stringify(value)');
  return {
    ...(method !== undefined && { method: method.toUpperCase() }),
    ...(headers !== undefined && { headers: textsOf(headers) }),
    ...(typeof body === 'string' && { body: Buffer.from(body) }),
  };
}

function textsOf(headers: JsonObject): Record<string, string | string[]> {
  const entries = Object.entries(headers).filter(([, value]) => value !== null);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Array.isArray(value) ? value.map(String) : String(value)]),
  );
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function readText(path: Json | undefined, ctx: StepContext): Promise<string> {
  if (typeof path !== 'string') throw new TypeError('readFile() needs the path of a file');
  try {
    const file = await openRegular(await guardPath(path, { cwd: ctx.cwd, allowOutsideCwd: false }));
    try {
      const { size } = await file.stat();
      if (size > MAX_BYTES)
        throw new StepFailure('TOO_LARGE', `"${path}" has ${size} bytes; readFile() reads up to 10 MiB`);
      const content = await file.readFile();
      if (isUtf8(content)) return content.toString('utf8');
      throw new StepFailure('NOT_TEXT', `"${path}" is no text in UTF-8; use a file step`);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw readFailure(error, path);
  }
}

function readFailure(error: unknown, path: string): unknown {
  if (error instanceof StepFailure) {
    if (error.code !== 'OUTSIDE_CWD') return error;
    const message = `"${path}" leads out of the folder of the run, where readFile() reads nothing`;
    return new StepFailure('OUTSIDE_CWD', message, { details: { path } });
  }
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new StepFailure('FILE_NOT_FOUND', `there is no file "${path}"`, { details: { path } });
    case 'EACCES':
    case 'EPERM':
      return new StepFailure('PERMISSION_DENIED', `"${path}" may not be read`, { details: { path } });
    default:
      return error;
  }
}
