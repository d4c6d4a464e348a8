/** What a request would do, for `--dry-run` and `keystone manifest`. Templates may be left in the fields. */
import { shownUrl } from '../../services/http/shown-url.ts';
import type { Permission } from '../define.ts';
import { methodOf, type RequestFields, urlOf } from './prepare-request.ts';

/** Names of headers, never their values. */
export function describeRequest(fields: RequestFields): string {
  const headers = Object.keys(fields.headers ?? {});
  const more = [
    ...(headers.length > 0 ? [`headers ${headers.join(', ')}`] : []),
    ...(fields.auth === undefined ? [] : [`${Object.keys(fields.auth).join()} authorization`]),
    ...(fields.body === undefined
      ? []
      : [`${fields.bodyType === undefined ? 'a' : `a ${fields.bodyType}`} body`]),
  ];
  return `${methodOf(fields)} ${shownTarget(fields)}${more.length === 0 ? '' : ` with ${more.join(', ')}`}`;
}

function shownTarget(fields: RequestFields): string {
  try {
    if (!holdsTemplate(fields.url)) return shownUrl(urlOf(fields));
  } catch {
    // Shown as it is written; running it would say what is wrong.
  }
  return shownUrl(fields.url);
}

export function requestPermissions(written: Readonly<Record<string, unknown>>): Permission[] {
  const url = typeof written.url === 'string' ? written.url : '';
  return [
    { to: 'connect', what: hostOf(url) },
    ...filesIn(written.body).map((what): Permission => ({ to: 'read', what })),
  ];
}

/** Host and port; with a template before the path, all of the URL that may be part of the host. */
function hostOf(url: string): string {
  if (!holdsTemplate(url) && URL.canParse(url)) return new URL(url).host;
  const rest = url.replace(/^https?:\/\//, '');
  return /^(\$\{\{.*?\}\}|[^/?#])+/s.exec(rest)?.[0] ?? url;
}

function filesIn(body: unknown): string[] {
  if (Array.isArray(body)) return body.flatMap(filesIn);
  if (body === null || typeof body !== 'object') return [];
  if ('file' in body && typeof body.file === 'string') return [body.file];
  return Object.values(body).flatMap(filesIn);
}

const holdsTemplate = (text: string): boolean => text.includes('${{');
