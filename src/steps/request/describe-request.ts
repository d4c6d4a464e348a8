/** What a request would do, for `--dry-run` and `keystone manifest`. Templates may be left in the fields. */
import { shownUrl } from '../../services/http/shown-url.ts';
import type { Permission } from '../define.ts';
import { methodOf, type RequestFields, writtenUrlOf } from './prepare-request.ts';

/** Names of headers, never their values. */
export function describeRequest(fields: RequestFields): string {
  const { query, headers, auth, body, bodyType } = fields;
  const names = Object.keys(isMapping(headers) ? headers : {});
  const more = [
    ...(names.length > 0 ? [`headers ${names.join(', ')}`] : []),
    ...(isMapping(auth) ? [`${Object.keys(auth).join()} authorization`] : []),
    ...(body === undefined ? [] : [bodyType === undefined ? 'a body' : `a ${bodyType} body`]),
  ];
  const url = shownUrl(writtenUrlOf({ url: fields.url, ...(isMapping(query) && { query }) }));
  return `${methodOf(fields)} ${url}${more.length === 0 ? '' : ` with ${more.join(', ')}`}`;
}

/** What another step puts out is not known beforehand. */
const isMapping = (value: unknown): value is object => typeof value === 'object' && value !== null;

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
