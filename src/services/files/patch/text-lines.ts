/** A text as lines that can be put together again byte by byte, whatever its encoding and line endings. */

export interface TextLines {
  /** Without line feeds; carriage returns before them stay. Bytes as Latin-1, so that nothing is lost or misread. */
  lines: string[];
  /** False when the last line has no line feed. True of an empty text. */
  endsWithNewline: boolean;
}

export function splitLines(content: Buffer): TextLines {
  const lines = content.toString('latin1').split('\n');
  const endsWithNewline = lines.at(-1) === '';
  if (endsWithNewline) lines.pop();
  return { lines, endsWithNewline };
}

export function joinLines({ lines, endsWithNewline }: TextLines): Buffer {
  if (lines.length === 0) return Buffer.alloc(0);
  return Buffer.from(`${lines.join('\n')}${endsWithNewline ? '\n' : ''}`, 'latin1');
}

/** As lines of a file are: the bytes of its UTF-8 as Latin-1. */
export const asBytes = (text: string): string =>
  /^[\x00-\x7f]*$/.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');

/** For messages: back from bytes to text, one line, invisible characters shown. */
export function showLine(bytes: string): string {
  const text = JSON.stringify(Buffer.from(bytes, 'latin1').toString('utf8'));
  return text.length > 160 ? `${text.slice(0, 156)}…"` : text;
}

const RETURN = 13;

export const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);

/** How the lines of a text end, if they agree. */
export function endingsOf(lines: readonly string[]): 'lf' | 'crlf' | 'mixed' | 'none' {
  let crlf = 0;
  for (const line of lines) if (line.charCodeAt(line.length - 1) === RETURN) crlf++;
  if (lines.length === 0) return 'none';
  return crlf === 0 ? 'lf' : crlf === lines.length ? 'crlf' : 'mixed';
}
