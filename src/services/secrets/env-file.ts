/** Reads `.env` files: `NAME=value` lines as shells and other tools write them. Nothing is expanded, nothing enters the environment. */

export class EnvFileError extends Error {
  /** @param line counted from 1. The message never quotes the file, which is full of secrets. */
  constructor(
    readonly line: number,
    reason: string,
  ) {
    super(`line ${line}: ${reason}`);
    this.name = 'EnvFileError';
  }
}

const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*/;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', $: '$' };

/**
 * Values by name; of a name that is there twice the last. A value is taken as it is: up to the end of its line or a `#` after a
 * space, or up to the closing quote, over several lines too. In double quotes `\n \r \t \" \\ \$` are escapes. Lines that
 * assign nothing are passed over.
 * @throws {EnvFileError} a quote that nothing closes, or text after the one that does.
 */
export function parseEnvFile(text: string): Map<string, string> {
  const source = text.replace(/^\ufeff/, '').replaceAll('\r\n', '\n');
  const values = new Map<string, string>();
  for (let at = 0; at < source.length; ) {
    const end = endOfLine(source, at);
    const match = ASSIGNMENT.exec(source.slice(at, end));
    if (match === null) {
      at = end + 1;
      continue;
    }
    const start = at + match[0].length;
    const quote = source[start];
    const name = match[1] ?? '';
    if (quote === '"' || quote === "'" || quote === '`') {
      const { value, next } = readQuoted(source, start, name);
      values.set(name, value);
      at = next;
    } else {
      values.set(name, readBare(source.slice(start, end)));
      at = end + 1;
    }
  }
  return values;
}

function endOfLine(source: string, at: number): number {
  const end = source.indexOf('\n', at);
  return end === -1 ? source.length : end;
}

const readBare = (rest: string): string => rest.replace(/(^|[ \t])#.*$/, '').trim();

/** `next`: where the line after the value begins. */
function readQuoted(source: string, start: number, name: string): { value: string; next: number } {
  const quote = source[start];
  let value = '';
  for (let at = start + 1; at < source.length; at++) {
    const char = source[at] ?? '';
    if (char === quote) {
      const end = endOfLine(source, at);
      if (!/^[ \t]*(#.*)?$/.test(source.slice(at + 1, end)))
        throw new EnvFileError(lineOf(source, at), `something follows the closing quote of ${name}`);
      return { value, next: end + 1 };
    }
    const escaped = quote === '"' && char === '\\' ? ESCAPES[source[at + 1] ?? ''] : undefined;
    if (escaped !== undefined) at++;
    value += escaped ?? char;
  }
  throw new EnvFileError(lineOf(source, start), `the ${quote} that begins ${name} is never closed`);
}

const lineOf = (source: string, at: number): number => source.slice(0, at).split('\n').length;
