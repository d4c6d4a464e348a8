/** Text → SourceDoc. Everything that can be wrong with YAML itself ends here as a coded diagnostic; nothing throws or hangs. */
import { type Document, isMap, isSeq, parseAllDocuments, type YAMLParseError } from 'yaml';
import type { Diagnostic } from '../diagnostic.ts';
import { convertDocument } from './convert.ts';
import type { SourceDoc } from './source-doc.ts';

/** Largest workflow text, in UTF-16 units; YAML of this size parses in about three seconds. */
export const MAX_SOURCE_LENGTH = 4 * 1024 * 1024;
/** Syntax errors reported of one file; later ones are mostly consequences. */
const MAX_SYNTAX_ERRORS = 20;

export interface ReadResult {
  /** Absent when the text is no YAML document at all. */
  doc?: SourceDoc;
  diagnostics: Diagnostic[];
}

/** Reads one YAML document. With diagnostics of severity `error` the doc, if any, is incomplete. */
export function readSource(source: string): ReadResult {
  if (source.length > MAX_SOURCE_LENGTH) {
    const limit = `${MAX_SOURCE_LENGTH / 1024 / 1024} MB`;
    return failed(
      'SOURCE_TOO_LARGE',
      0,
      1,
      `the file has ${source.length.toLocaleString('en')} characters; the limit is ${limit}`,
    );
  }
  let documents: Document.Parsed[];
  try {
    documents = parseDocuments(source);
  } catch (error) {
    if (error instanceof RangeError) return failed('YAML_TOO_DEEP', 0, 1, TOO_DEEP);
    throw error;
  }
  const [document, second] = documents;
  if (document === undefined) return failed('EMPTY_FILE', 0, 0, 'the file holds no workflow');
  const diagnostics = documents.flatMap((each) => each.errors.map((error) => syntaxError(error, source)));
  if (diagnostics.length > 0) return { diagnostics: diagnostics.slice(0, MAX_SYNTAX_ERRORS) };
  if (second !== undefined) {
    const start = source.lastIndexOf('---', second.range[0] + 3);
    diagnostics.push(
      problem(
        'YAML_MULTIPLE_DOCUMENTS',
        Math.max(0, start),
        start + 3,
        'the file holds several YAML documents; a workflow is one',
      ),
    );
  }
  if (
    document.contents === null ||
    (!isMap(document.contents) &&
      !isSeq(document.contents) &&
      document.contents.range[0] === document.contents.range[1])
  ) {
    return failed('EMPTY_FILE', 0, 0, 'the file holds no workflow');
  }
  const root = convertDocument(document, (found) => diagnostics.push({ severity: 'error', ...found }));
  return root === undefined ? { diagnostics } : { doc: { source, root }, diagnostics };
}

function parseDocuments(source: string): Document.Parsed[] {
  // Duplicate keys are found in convert.ts, with better positions and without the library's quadratic search.
  const parsed = parseAllDocuments(source, {
    uniqueKeys: false,
    prettyErrors: false,
    merge: true,
    logLevel: 'silent',
  });
  return 'empty' in parsed ? [] : parsed;
}

const TOO_DEEP = 'the file is nested too deeply';

const CODES: Partial<Record<string, string>> = {
  TAB_AS_INDENT: 'YAML_TAB',
  RESOURCE_EXHAUSTION: 'YAML_TOO_DEEP',
};

const HINTS: Partial<Record<string, string>> = {
  TAB_AS_INDENT: 'indent with spaces',
  BLOCK_AS_IMPLICIT_KEY: 'quote a text that holds ": "',
};

function syntaxError(error: YAMLParseError, source: string): Diagnostic {
  const [start, end] = error.pos;
  const message =
    error.code === 'RESOURCE_EXHAUSTION'
      ? TOO_DEEP
      : error.message.charAt(0).toLowerCase() + error.message.slice(1);
  const made = problem(
    CODES[error.code] ?? 'YAML_SYNTAX',
    start,
    Math.max(end, Math.min(start + 1, source.length)),
    message,
  );
  const hint = HINTS[error.code];
  return hint === undefined ? made : { ...made, hint };
}

function problem(code: string, start: number, end: number, message: string): Diagnostic {
  return { severity: 'error', code, message, span: { start, end }, path: '' };
}

function failed(code: string, start: number, end: number, message: string): ReadResult {
  return { diagnostics: [problem(code, start, end, message)] };
}
