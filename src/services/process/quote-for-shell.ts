/** Quoting of values spliced into a script, so that a value is always data, wherever it stands, and never code. */
import { StepFailure } from '../../kernel/failure.ts';
import { type HereDocument, shellContext } from './shell-context.ts';

/** The shells a script may be written for. */
export const SHELLS = ['sh', 'bash', 'zsh', 'pwsh', 'node'] as const;
export type Shell = (typeof SHELLS)[number];

/** `before`: the script up to the value. @throws {StepFailure} CANNOT_QUOTE where no quoting would be safe. */
export type Quote = (text: string, before?: string) => string;

/** Words that mean nothing but themselves to every shell of the family. A number might be taken for a file descriptor. */
const PLAIN_WORD = /^[A-Za-z_./][A-Za-z0-9_./@%+:,-]*$/;

/** Where nothing can be quoted. Names would be looked up in arithmetic, and what they hold evaluated. */
const NUMBER = /^-?[0-9][0-9A-Za-z_.]*$/;
const PLAIN_NUMBER = /^-?[0-9]+(?:\.[0-9]+)?$/;
const HARMLESS = /^[A-Za-z0-9_./@%+:,-]+$/;
const NOTHING = /^$/;

/**
 * The quoting of one shell. zx is loaded only for the shells whose quoting is taken from it (45 ms).
 * `sh` and `zsh` do not use zx: its `$'…'` is unknown to a POSIX sh such as dash, and it leaves `=word` bare, which zsh expands.
 */
export async function quoteFor(shell: Shell): Promise<Quote> {
  switch (shell) {
    case 'sh':
    case 'zsh':
      return (text, before = '') => quoteInScript(text, before, shell, quotePosix);
    case 'bash': {
      const { quote } = await import('zx/core');
      return (text, before = '') => quoteInScript(text, before, shell, quote);
    }
    case 'pwsh': {
      const { quotePowerShell } = await import('zx/core');
      return (text, before = '') => {
        // Only simple strings are told apart from code; after anything else nothing but a word is let in.
        if (/["'\u2018-\u201f#`]/.test(before.replaceAll(/'[^'\u2018-\u201f]*'/g, ''))) {
          return onlyWord(text, 'after a double quote, a comment or a backtick of a PowerShell script');
        }
        // PowerShell ends a string at typographic quotes too; doubled, they stand for themselves.
        return quotePowerShell(text.replaceAll(/[\u2018-\u201b]/g, '$&$&'));
      };
    }
    case 'node':
      return quoteInJavaScript;
    default:
      return shell satisfies never;
  }
}

/** Single quotes, as POSIX knows them. */
export function quotePosix(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function quoteInScript(
  text: string,
  before: string,
  shell: 'sh' | 'bash' | 'zsh',
  quoteWord: (text: string) => string,
): string {
  const context = shellContext(before, shell);
  // "$name" would grow by a value that follows it directly.
  const afterName = /\$[A-Za-z0-9_]+$/.test(before);
  switch (context.in) {
    case 'plain': {
      if (!afterName && (PLAIN_WORD.test(text) || isBareNumber(text, before, shell))) return text;
      const quoted = quoteWord(text);
      return quoted === text ? quotePosix(text) : quoted;
    }
    case 'double':
      return `${afterName ? '""' : ''}${text.replaceAll(/[\\"$`]/g, '\\$&')}`;
    case 'single':
      return text.replaceAll("'", "'\\''");
    case 'ansi':
      return text.replaceAll(/[\\']/g, '\\$&');
    case 'comment':
      return text.replaceAll(/[\r\n]+/g, ' ');
    case 'arithmetic':
      return onlyWord(text, 'in arithmetic', NUMBER);
    case 'here-document':
      return inHereDocument(text, context, afterName);
    case 'unsure':
      return onlyWord(text, context.where, /[$\\]$/.test(before) ? NOTHING : HARMLESS);
    default:
      return context satisfies never;
  }
}

/**
 * In the midst of a word a number is no file descriptor, and often must not be quoted: `a[1]`, `${x:1}`, `{1..9}`, `$[1]`.
 */
function isBareNumber(text: string, before: string, shell: 'sh' | 'bash' | 'zsh'): boolean {
  if (!PLAIN_NUMBER.test(text)) return false;
  if (shell !== 'sh' && /\$\[[^\]'"`\\]*$/.test(before)) return true;
  return /[\w.,:=+[{%@/-]$/.test(before) && !/(?:^|[\s;&|<>()`])\d+$/.test(before);
}

/** The lines of a value must not end the document: what follows would be run. */
function inHereDocument(
  text: string,
  { delimiter, literal, body }: HereDocument,
  afterName: boolean,
): string {
  const lines = `${body.slice(body.lastIndexOf('\n') + 1)}${text}`.split('\n');
  const last = lines.at(-1) ?? '';
  const mayEnd = lines.length > 1 && last !== '' && delimiter.startsWith(last.trim());
  if (mayEnd || lines.some((line) => line.trim() === delimiter)) {
    throw cannotQuote(`in a here-document when it holds the delimiter ${delimiter}`);
  }
  if (literal) return text;
  // Expansions that are complete are of no concern; what is left of them must not be open.
  const open = body.replaceAll(/\\[\s\S]|\$\{\w+\}|\$\([^()`]*\)|`[^`]*`/g, '');
  if (PLAIN_NUMBER.test(text) && /\$\(\([^`$'"\\]*$/.test(open)) return text;
  if (/[$\\]$|\$[({]|`/.test(open) || (afterName && /^[\w[]/.test(text))) {
    return onlyWord(text, 'in or right after an expansion in a here-document', NOTHING);
  }
  return text.replaceAll(/[\\$`]/g, '\\$&');
}

/**
 * A string literal, or the inside of one. All but letters and digits is escaped by number, so that nothing can end the
 * literal, and nothing can run even where slashes and quotes of a regular expression make the scan go wrong.
 */
function quoteInJavaScript(text: string, before = ''): string {
  const escaped = text.replaceAll(
    /[^A-Za-z0-9]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const tokens = /\/\/[^\n]*(\n|$)|\/\*[\s\S]*?(\*\/|$)|(["'`])(?:[^\\]|\\[\s\S])*?(?:\3|$)/g;
  for (const match of before.matchAll(tokens)) {
    if (match.index + match[0].length < before.length) continue;
    const closed = match[0].length > 1 && match[3] !== undefined && match[0].endsWith(match[3]);
    if (match[3] !== undefined && !closed) return escaped;
    if (match[3] === undefined && (match[1] === '' || match[2] === '')) return escaped;
  }
  return `"${escaped}"`;
}

function onlyWord(text: string, where: string, allowed = PLAIN_WORD): string {
  if (allowed.test(text)) return text;
  throw cannotQuote(where);
}

function cannotQuote(where: string): StepFailure {
  return new StepFailure(
    'CANNOT_QUOTE',
    `a value in "run" cannot be made safe ${where}; put it into "env" and use the variable there`,
  );
}
