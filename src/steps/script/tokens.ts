/**
 * JavaScript as a row of tokens, as far as needed to see which names it uses. For text that is JavaScript; of anything else
 * it makes something, without an exception.
 */

export interface Token {
  /** `text` is a quoted text, `template` a piece of a template between its substitutions. */
  kind: 'word' | 'number' | 'text' | 'template' | 'pattern' | 'sign';
  /** Of a quoted text: what is between the quotes. */
  text: string;
  start: number;
  end: number;
}

/** After these a `/` begins a pattern. */
const BEFORE_VALUE = new Set(
  'return typeof case in of delete void throw new instanceof await yield else do'.split(' '),
);
/** A `)` that closes what follows one of these does not end a value. */
const BEFORE_CONDITION = new Set(['if', 'while', 'for', 'with']);

const WORD = /[\p{ID_Start}$_#][\p{ID_Continue}$\u200c\u200d]*/uy;
const NUMBER = /(?:0[xXoObB][\da-fA-F_]+|(?:\d[\d_]*)?\.?\d[\d_]*(?:[eE][+-]?\d+)?\.?)n?/y;
const SPACE = /(?:\s|\/\/.*|\/\*[\s\S]*?(?:\*\/|$))+/y;
const PATTERN = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y;
const SIGN = /\.\.\.|\?\.(?!\d)|=>|\+\+|--|[=!]==?|\?\?=?|&&=?|\|\|=?|[\s\S]/y;

export function tokensOf(code: string): Token[] {
  return new Tokenizer(code).run();
}

class Tokenizer {
  readonly #code: string;
  readonly #tokens: Token[] = [];
  /** Of each `(` that is open: whether a pattern may follow its `)`. */
  readonly #parentheses: boolean[] = [];
  /** Of each `{` that is open: whether it is a template's `${`. */
  readonly #braces: boolean[] = [];
  #at = 0;
  #afterCondition = false;

  constructor(code: string) {
    this.#code = code;
  }

  run(): Token[] {
    while (this.#at < this.#code.length) {
      if (this.#match(SPACE) !== undefined) continue;
      this.#next();
    }
    return this.#tokens;
  }

  #next(): void {
    const char = this.#code.charAt(this.#at);
    if (char === '"' || char === "'") this.#quoted(char);
    else if (char === '`') this.#template(this.#at + 1);
    else if (char === '}' && this.#braces.at(-1) === true) {
      this.#braces.pop();
      this.#template(this.#at + 1);
    } else if (char === '/' && this.#mayBePattern() && this.#add('pattern', PATTERN)) return;
    else if (this.#add('word', WORD)) return;
    else if (/[\d.]/.test(char) && /^\.?\d/.test(this.#code.slice(this.#at, this.#at + 2)))
      this.#add('number', NUMBER);
    else this.#sign();
  }

  #sign(): void {
    const before = this.#tokens.at(-1);
    this.#add('sign', SIGN);
    switch (this.#tokens.at(-1)?.text) {
      case '(':
        this.#parentheses.push(before?.kind === 'word' && BEFORE_CONDITION.has(before.text));
        return;
      case ')':
        this.#afterCondition = this.#parentheses.pop() === true;
        return;
      case '{':
        this.#braces.push(false);
        return;
      case '}':
        this.#braces.pop();
        return;
      default:
    }
  }

  #mayBePattern(): boolean {
    const before = this.#tokens.at(-1);
    if (before === undefined) return true;
    if (before.kind === 'word') return BEFORE_VALUE.has(before.text);
    if (before.kind === 'template') return before.text.endsWith('${');
    if (before.kind !== 'sign') return false;
    if (before.text === ')') return this.#afterCondition;
    return before.text !== ']' && before.text !== '++' && before.text !== '--';
  }

  #quoted(quote: string): void {
    const { length } = this.#code;
    let end = this.#at + 1;
    while (end < length && this.#code[end] !== quote && this.#code[end] !== '\n')
      end += this.#code[end] === '\\' ? 2 : 1;
    const text = this.#code.slice(this.#at + 1, Math.min(end, length));
    this.#push('text', text, Math.min(end + 1, length));
  }

  /** From inside a template to its end or its next `${`. */
  #template(from: number): void {
    const { length } = this.#code;
    let end = from;
    while (end < length && this.#code[end] !== '`' && !this.#code.startsWith('${', end))
      end += this.#code[end] === '\\' ? 2 : 1;
    const opens = this.#code.startsWith('${', end);
    if (opens) this.#braces.push(true);
    end = Math.min(length, end + (opens ? 2 : 1));
    this.#push('template', this.#code.slice(from - 1, end), end);
  }

  #add(kind: Token['kind'], pattern: RegExp): boolean {
    const start = this.#at;
    const text = this.#match(pattern);
    if (text === undefined) return false;
    this.#tokens.push({ kind, text, start, end: this.#at });
    return true;
  }

  #push(kind: Token['kind'], text: string, end: number): void {
    this.#tokens.push({ kind, text, start: this.#at, end });
    this.#at = end;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#code)?.[0];
    if (found === undefined || found === '') return undefined;
    this.#at += found.length;
    return found;
  }
}
