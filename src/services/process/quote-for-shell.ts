/** Quoting of values spliced into a script, so that a value is always one word and never code. */

/** The shells a script may be written for. */
export const SHELLS = ['sh', 'bash', 'zsh', 'pwsh', 'node'] as const;
export type Shell = (typeof SHELLS)[number];

export type Quote = (text: string) => string;

/** Words that mean nothing but themselves to every shell of the family, wherever they stand. */
const PLAIN_WORD = /^[A-Za-z0-9_./@%+:,-]+$/;

/**
 * The quoting of one shell. zx is loaded only for the shells whose quoting is taken from it (45 ms).
 * `sh` and `zsh` do not use zx: its `$'…'` is unknown to a POSIX sh such as dash, and it leaves `=word` bare, which zsh expands.
 */
export async function quoteFor(shell: Shell): Promise<Quote> {
  switch (shell) {
    case 'sh':
    case 'zsh':
      return quotePosix;
    case 'bash': {
      const { quote } = await import('zx/core');
      return (text) => (PLAIN_WORD.test(text) ? text : quote(text));
    }
    case 'pwsh': {
      const { quotePowerShell } = await import('zx/core');
      // PowerShell ends a string at typographic quotes too; doubled, they stand for themselves.
      return (text) => (text === '' ? "''" : quotePowerShell(text.replaceAll(/[\u2018-\u201b]/g, '$&$&')));
    }
    case 'node':
      return (text) => JSON.stringify(text);
    default:
      return shell satisfies never;
  }
}

/** Single quotes, as POSIX knows them; plain words stay as they are. */
export function quotePosix(text: string): string {
  return PLAIN_WORD.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
