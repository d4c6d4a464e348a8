/** Offsets become lines, columns and pictures here, once, at the edge. */
import type { Diagnostic } from '../diagnostic.ts';
import type { Span } from '../plan.ts';

const BOM = 0xfeff;
/** Longest piece of a source line shown in a snippet. */
const MAX_LINE = 160;

/** 1-based line and column (in UTF-16 units) of an offset; offsets outside the text are moved to its ends. `\n`, `\r\n` and `\r` end lines. */
export function locate(source: string, offset: number): { line: number; column: number } {
  const end = Math.max(0, Math.min(offset, source.length));
  let line = 1;
  let start = source.charCodeAt(0) === BOM ? 1 : 0;
  for (let i = start; i < end; i++) {
    const code = source.charCodeAt(i);
    if (code === 10 || (code === 13 && source.charCodeAt(i + 1) !== 10)) {
      line++;
      start = i + 1;
    }
  }
  return { line, column: Math.max(1, end - start + 1) };
}

interface Paint {
  red(text: string): string;
  yellow(text: string): string;
  dim(text: string): string;
  bold(text: string): string;
}

const plain = (text: string): string => text;
const ansi =
  (open: number, close: number) =>
  (text: string): string =>
    `\u001b[${open}m${text}\u001b[${close}m`;
const COLORED: Paint = { red: ansi(31, 39), yellow: ansi(33, 39), dim: ansi(2, 22), bold: ansi(1, 22) };
const PLAIN: Paint = { red: plain, yellow: plain, dim: plain, bold: plain };

/**
 * One line `file:line:column  CODE  message; hint`, then the source lines around it with numbers and carets.
 * Warnings are marked. No trailing newline.
 */
export function formatDiagnostic(
  diagnostic: Diagnostic,
  source: string,
  file: string,
  options: { color?: boolean } = {},
): string {
  const paint = options.color === true ? COLORED : PLAIN;
  const at = locate(source, diagnostic.span.start);
  const tint = diagnostic.severity === 'error' ? paint.red : paint.yellow;
  const mark = diagnostic.severity === 'error' ? '' : 'warning: ';
  const hint = diagnostic.hint === undefined ? '' : `; ${diagnostic.hint}`;
  const head = `${paint.bold(`${file}:${at.line}:${at.column}`)}  ${tint(diagnostic.code)}  ${mark}${diagnostic.message}${hint}`;
  const snippet = snippetOf(diagnostic.span, source, paint, tint);
  return snippet === '' ? head : `${head}\n${snippet}`;
}

/** The line at `line` and `column` (from 1) with the one before it and a caret; empty when the text has no such line. */
export function snippetAt(source: string, line: number, column: number): string {
  const lines = source.split('\n');
  if (line > lines.length) return '';
  const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
  return snippetOf({ start, end: start + 1 }, source, PLAIN, plain);
}

function snippetOf(span: Span, source: string, paint: Paint, tint: (text: string) => string): string {
  if (source.trim() === '') return '';
  const { line, column } = locate(source, span.start);
  const start = span.start - (column - 1);
  const first = lineAt(source, start);
  const width = String(line).length;
  const rows: string[] = [];
  if (line > 1) {
    const previous = previousLine(source, start);
    if (previous.trim() !== '')
      rows.push(paint.dim(`${String(line - 1).padStart(width)} | ${clip(previous)}`));
  }
  rows.push(`${paint.dim(`${String(line).padStart(width)} | `)}${clip(first)}`);
  const left = Math.min(column - 1, MAX_LINE);
  const length = Math.max(1, Math.min(span.end - span.start, first.trimEnd().length - (column - 1)));
  const indent = first.slice(0, left).replace(/[^\t]/g, ' ').padEnd(left);
  rows.push(
    `${paint.dim(`${' '.repeat(width)} | `)}${indent}${tint('^'.repeat(Math.min(length, MAX_LINE)))}`,
  );
  return rows.join('\n');
}

function lineAt(source: string, start: number): string {
  const rest = source.slice(start).search(/[\r\n]/);
  return rest < 0 ? source.slice(start) : source.slice(start, start + rest);
}

function previousLine(source: string, start: number): string {
  let end = start - 1;
  if (source[end] === '\n' && source[end - 1] === '\r') end--;
  const begin = Math.max(source.lastIndexOf('\n', end - 1), source.lastIndexOf('\r', end - 1)) + 1;
  return source.slice(begin, end);
}

/** Control characters would act on the terminal; tabs stay, so that carets line up. */
function clip(line: string): string {
  const shown = line.replace(/[\u0000-\u0008\u000b-\u001f\u007f\ufeff]/g, '');
  return shown.length > MAX_LINE ? `${shown.slice(0, MAX_LINE)}…` : shown;
}
