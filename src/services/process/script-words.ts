/**
 * Reads words of a shell script with their quotes taken off, and the scripts inside them: `$(…)`, backticks, `<(…)`. What a word is
 * can only be told as far as the text tells; a word with an expansion has no value.
 */

export interface ScriptWord {
  /** As it is written. */
  raw: string;
  /** What the command gets; undefined when only running it would tell. */
  value: string | undefined;
}

/** Called for a script inside a word; reads it up to its closing `)` and says where it goes on. */
type OnInner = (text: string, at: number) => number;

const ENDS_WORD = /[\s;&|<>()]/;
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', e: '\x1b', '0': '\0' };

export class WordReader {
  #value: string | undefined = '';
  #at: number;

  private constructor(
    private readonly text: string,
    at: number,
    private readonly onInner: OnInner,
    /** Of a whole script inside backticks. */
    private readonly onScript: (script: string) => void,
  ) {
    this.#at = at;
  }

  /** The word at `at`, and where it ends. */
  static read(
    text: string,
    at: number,
    onInner: OnInner,
    onScript: (script: string) => void,
  ): { word: ScriptWord; next: number } {
    const reader = new WordReader(text, at, onInner, onScript);
    while (reader.#at < text.length && !ENDS_WORD.test(text[reader.#at] ?? '')) reader.#part();
    return {
      word: { raw: text.slice(at, reader.#at), value: reader.#value },
      next: reader.#at,
    };
  }

  /** Scripts inside a text that is no word: the body of a here-document. */
  static scan(text: string, onInner: OnInner, onScript: (script: string) => void): void {
    const reader = new WordReader(text, 0, onInner, onScript);
    while (reader.#at < text.length) reader.#quotedPart();
  }

  #part(): void {
    const char = this.text[this.#at];
    if (char === "'") this.#single();
    else if (char === '"') this.#double();
    else this.#quotedPart(char === '\\');
  }

  /** What means the same inside double quotes and outside. */
  #quotedPart(anyEscape = false): void {
    const char = this.text[this.#at] ?? '';
    if (char === '\\') this.#escape(anyEscape);
    else if (char === '$') this.#dollar();
    else if (char === '`') this.#backticks();
    else this.#literal(char, 1);
  }

  #literal(text: string, width: number): void {
    if (this.#value !== undefined) this.#value += text;
    this.#at += width;
  }

  #unknown(next: number): void {
    this.#value = undefined;
    this.#at = Math.min(next, this.text.length);
  }

  #single(): void {
    const end = this.text.indexOf("'", this.#at + 1);
    const stop = end === -1 ? this.text.length : end;
    this.#literal(this.text.slice(this.#at + 1, stop), stop + 1 - this.#at);
  }

  #double(): void {
    this.#at++;
    while (this.#at < this.text.length && this.text[this.#at] !== '"') this.#quotedPart();
    this.#at++;
  }

  #escape(any: boolean): void {
    const next = this.text[this.#at + 1] ?? '';
    if (next === '\n') this.#literal('', 2);
    else if (any || /[$`"\\]/.test(next)) this.#literal(next, 2);
    else this.#literal(`\\${next}`, 2);
  }

  #dollar(): void {
    const rest = this.text.slice(this.#at, this.#at + 3);
    if (rest === '${{') this.#template();
    else if (rest === '$((') this.#unknown(this.#closing(this.#at + 3, '(', ')') + 1);
    else if (rest.startsWith('$(')) this.#unknown(this.onInner(this.text, this.#at + 2));
    else if (rest.startsWith('${')) this.#unknown(this.#closing(this.#at + 2, '{', '}'));
    else if (rest.startsWith("$'")) this.#ansi();
    else if (/^\$[\w@*#?$!-]/.test(rest))
      this.#unknown(this.#at + 1 + (/^\w+|^./.exec(this.text.slice(this.#at + 1))?.[0].length ?? 1));
    else this.#literal('$', 1);
  }

  /** A value that keystone puts in. */
  #template(): void {
    const end = this.text.indexOf('}}', this.#at);
    this.#unknown(end === -1 ? this.text.length : end + 2);
  }

  /** Behind the closing one, looking for scripts on the way. */
  #closing(from: number, open: string, close: string): number {
    let depth = 1;
    let at = from;
    while (at < this.text.length) {
      const char = this.text[at] ?? '';
      if (char === '\\') at += 2;
      else if (char === '$' && this.text[at + 1] === '(' && this.text[at + 2] !== '(')
        at = this.onInner(this.text, at + 2);
      else if (char === open) {
        depth++;
        at++;
      } else if (char === close) {
        at++;
        if (--depth === 0) return at;
      } else at++;
    }
    return at;
  }

  #ansi(): void {
    const match = /^\$'((?:[^\\']|\\[\s\S])*)'?/.exec(this.text.slice(this.#at));
    const text = (match?.[1] ?? '').replaceAll(
      /\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|([\s\S]))/g,
      (_, hex?: string, octal?: string, char?: string) =>
        hex !== undefined
          ? String.fromCharCode(Number.parseInt(hex, 16))
          : octal !== undefined
            ? String.fromCharCode(Number.parseInt(octal, 8))
            : (SIMPLE_ESCAPES[char ?? ''] ?? char ?? ''),
    );
    this.#literal(text, match?.[0].length ?? 2);
  }

  #backticks(): void {
    const match = /^`((?:[^\\`]|\\[\s\S])*)`?/.exec(this.text.slice(this.#at));
    this.onScript((match?.[1] ?? '').replaceAll(/\\([$`\\])/g, '$1'));
    this.#unknown(this.#at + (match?.[0].length ?? 1));
  }
}
