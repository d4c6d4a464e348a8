/** What a request sends: text, JSON, a form, a multipart form or a file. Checked without effects, opened when it is sent. */
import { StepFailure } from '../../kernel/failure.ts';
import { type RequestFields, textsOf } from './prepare-request.ts';

/** A file of the author's, by its path as written. */
export interface FilePart {
  file: string;
  /** What the receiver is told. @default the last part of the path */
  filename?: string;
  contentType?: string;
}

export type Part = { name: string } & (FilePart | { value: string; contentType?: string });

export type BodyPlan =
  | { kind: 'text'; content: string; contentType: string }
  | { kind: 'file'; part: FilePart }
  | { kind: 'multipart'; parts: readonly Part[] };

type BodyType = NonNullable<RequestFields['bodyType']>;

const FORM = 'application/x-www-form-urlencoded';
const MULTIPART = 'multipart/form-data';

/**
 * @param header the author's own `content-type`, which tells the type where `bodyType` does not.
 * @returns undefined without a body.
 * @throws {StepFailure} INVALID_FIELDS: the value is not what its type takes.
 */
export function planBody(
  { body, bodyType }: Pick<RequestFields, 'body' | 'bodyType'>,
  header: string | undefined,
): BodyPlan | undefined {
  if (body === undefined) {
    if (bodyType === undefined) return undefined;
    throw invalid(`there is a "bodyType", but no "body"`);
  }
  switch (bodyType ?? typeByHeader(body, header)) {
    case 'json':
      return { kind: 'text', content: JSON.stringify(body), contentType: 'application/json' };
    case 'form':
      return { kind: 'text', content: formOf(body), contentType: FORM };
    case 'multipart':
      if (header !== undefined && !header.toLowerCase().startsWith(MULTIPART))
        throw invalid(`the header "content-type" is not ${MULTIPART}; leave it out`);
      return { kind: 'multipart', parts: partsOf(body) };
    case 'raw':
      return rawOf(body);
  }
}

function typeByHeader(body: unknown, header = ''): BodyType {
  if (typeof body === 'string') return 'raw';
  const type = header.split(';')[0]?.trim().toLowerCase();
  return type === FORM ? 'form' : type === MULTIPART ? 'multipart' : 'json';
}

function rawOf(body: unknown): BodyPlan {
  if (typeof body === 'string')
    return { kind: 'text', content: body, contentType: 'text/plain;charset=UTF-8' };
  const part = filePart(body);
  if (part === undefined || part.filename !== undefined)
    throw invalid('a raw "body" is a text, or "{ file: <path> }"');
  return { kind: 'file', part };
}

function formOf(body: unknown): string {
  const pairs = entriesOf(body, 'form').flatMap(([name, value]) =>
    listOf(value).map((each) => {
      if (isScalar(each)) return textsOf(each).map((text): [string, string] => [name, text]);
      throw invalid(`the form's "${name}" is no text, number or boolean; bodyType "multipart" can send more`);
    }),
  );
  return new URLSearchParams(pairs.flat()).toString();
}

function partsOf(body: unknown): Part[] {
  return entriesOf(body, 'multipart').flatMap(([name, value]) =>
    listOf(value).flatMap((each): Part[] => {
      if (isScalar(each)) return textsOf(each).map((text) => ({ name, value: text }));
      const part = filePart(each) ?? valuePart(each);
      if (part !== undefined) return [{ name, ...part }];
      throw invalid(
        `the part "${name}" is no text, "{ file, filename, contentType }" or "{ value, contentType }"`,
      );
    }),
  );
}

function filePart(value: unknown): FilePart | undefined {
  const { file, filename, contentType, ...others } = recordOf(value) ?? {};
  if (typeof file !== 'string' || file === '' || Object.keys(others).length > 0) return undefined;
  if (!isOptionalText(filename) || !isOptionalText(contentType)) return undefined;
  return { file, ...(filename !== undefined && { filename }), ...typed(contentType) };
}

function valuePart(value: unknown): { value: string; contentType?: string } | undefined {
  const { value: inner, contentType, ...others } = recordOf(value) ?? {};
  if (inner === undefined || Object.keys(others).length > 0 || !isOptionalText(contentType)) return undefined;
  if (typeof inner === 'string') return { value: inner, ...typed(contentType) };
  return { value: JSON.stringify(inner), ...typed(contentType ?? 'application/json') };
}

/** Part of a header line: it must not bring a line of its own. */
function typed(contentType: string | undefined): { contentType?: string } {
  if (contentType === undefined) return {};
  if (!/^[\u0020-\u007e]+$/.test(contentType))
    throw invalid('a "contentType" holds a character that no header may have');
  return { contentType };
}

function entriesOf(body: unknown, type: BodyType): [string, unknown][] {
  const record = recordOf(body);
  if (record === undefined) throw invalid(`a "body" of type ${type} is a mapping of names to values`);
  return Object.entries(record);
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

const isOptionalText = (value: unknown): value is string | undefined =>
  value === undefined || typeof value === 'string';

function isScalar(value: unknown): value is string | number | boolean | null {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function recordOf(value: unknown): Record<string, unknown> | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : undefined;
}

const invalid = (message: string): StepFailure => new StepFailure('INVALID_FIELDS', message);
