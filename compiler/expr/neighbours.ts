/** What two tokens that cannot stand side by side are likely meant to be. */
import { wordHint } from './hints/names.ts';
import type { Token } from './tokens.ts';

export function neighbourHint(before: Token | undefined, token: Token): string | undefined {
  const word = wordHint(before?.text ?? '', token.text);
  if (word !== undefined) return word;
  if (before?.type === 'literal' && token.type === 'literal' && before.end === token.start) {
    return `a quote inside quoted text is written \\${token.text.charAt(0)}`;
  }
  if (before?.type === 'pipe') return 'a transform follows `|`, such as `x|trim`; "or" is `||`';
  if (token.type === 'openParen') return 'call transforms by name, such as `x|trim` or `trim(x)`';
  if (token.type === 'unaryOp' && before) return 'use `!=` to compare';
  return undefined;
}

/** The text between the parenthesis that is token `open` and the one that closes it; empty if none does. */
export function argumentText(text: string, tokens: readonly Token[], open: number): string {
  let depth = 0;
  for (const { type, start } of tokens.slice(open)) {
    if (type === 'openParen') depth++;
    if (type === 'closeParen' && --depth === 0) return text.slice(tokens[open]?.end, start);
  }
  return '';
}
