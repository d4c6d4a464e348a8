/**
 * Where in a shell script a spliced value stands: between words, in quotes, in a comment, in a here-document … The quoting
 * depends on it: single quotes around a value protect nothing inside double quotes. When in doubt the answer is `unsure`.
 */

export type ShellContext =
  | { in: 'plain' | 'double' | 'single' | 'ansi' | 'comment' | 'arithmetic' }
  | HereDocument
  /** Somewhere a value cannot be made safe, in words for the author. */
  | { in: 'unsure'; where: string };

export interface HereDocument {
  in: 'here-document';
  delimiter: string;
  /** The delimiter was quoted: the text is taken literally. */
  literal: boolean;
  /** What stands in the document before the value; without leading tabs where `<<-` takes them off. */
  body: string;
}

type Frame = 'top' | 'paren' | 'brace' | 'backtick' | 'double' | 'arithmetic';
type Family = 'sh' | 'bash' | 'zsh';

/** The context at the end of `before`, the script up to the value. */
export function shellContext(before: string, family: Family): ShellContext {
  return new Scanner(before, family).scan();
}

const WORD_START = /[\s;&|()`]/;
const HERE_OPERATOR = /<<(-?)[ \t]*(?:'([^'\n]*)'|"([^"\n]*)"|\\?([\w.!-]+))(?=[\s;&|<>)]|$)/y;

class Scanner {
  readonly #text: string;
  readonly #family: Family;
  readonly #stack: Frame[] = ['top'];
  #at = 0;
  #doubt: string | undefined;
  /** Here-documents announced on the current line. */
  #announced: { delimiter: string; literal: boolean; stripTabs: boolean }[] = [];

  constructor(text: string, family: Family) {
    this.#text = text;
    this.#family = family;
  }

  scan(): ShellContext {
    while (this.#at < this.#text.length) {
      const found = this.#step();
      if (found !== undefined) return this.#orUnsure(found);
    }
    return this.#orUnsure(this.#atEnd());
  }

  #orUnsure(found: ShellContext): ShellContext {
    if (this.#doubt !== undefined) return { in: 'unsure', where: this.#doubt };
    // A backslash means something else there, inside quotes too.
    return this.#stack.includes('backtick') ? { in: 'unsure', where: 'inside backticks' } : found;
  }

  get #frame(): Frame {
    return this.#stack.at(-1) ?? 'top';
  }

  /** Consumes something; answers when the text ends inside it. */
  #step(): ShellContext | undefined {
    const char = this.#text[this.#at];
    if (char === '\\') {
      if (this.#at + 1 === this.#text.length) return { in: 'unsure', where: 'right after a backslash' };
      this.#at += 2;
      return undefined;
    }
    if (char === '$') return this.#dollar();
    if (char === '`') return this.#backtick();
    if (this.#frame === 'double') return this.#inDouble(char);
    if (this.#frame === 'arithmetic') return this.#inArithmetic(char);
    return this.#inCode(char);
  }

  #dollar(): ShellContext | undefined {
    const next = this.#text[this.#at + 1];
    if (next === undefined) return { in: 'unsure', where: 'right after a $' };
    if (next === '(') {
      const arithmetic = this.#text[this.#at + 2] === '(';
      this.#push(arithmetic ? 'arithmetic' : 'paren', arithmetic ? 3 : 2);
    } else if (next === '{') this.#push('brace', 2);
    else if (next === "'" && this.#frame !== 'double' && this.#frame !== 'arithmetic')
      return this.#dollarQuote();
    else {
      // Shells disagree on whether the second of "$$" begins something.
      if (next === '$' && /[({'"]/.test(this.#text[this.#at + 2] ?? '')) this.#doubt = 'after "$$("';
      this.#at += /[$!?@*#-]/.test(next) ? 2 : 1;
    }
    return undefined;
  }

  /** `$'…'`: bash and zsh know escapes in it; a plain sh may or may not. */
  #dollarQuote(): ShellContext | undefined {
    const body = /(?:[^\\']|\\.)*/sy;
    body.lastIndex = this.#at + 2;
    const content = body.exec(this.#text)?.[0] ?? '';
    if (this.#family === 'sh') this.#doubt = "after or inside $'…', which not every sh knows";
    this.#at += 2 + content.length;
    if (this.#text[this.#at] === '\\') return { in: 'unsure', where: 'right after a backslash' };
    if (this.#at >= this.#text.length) return { in: 'ansi' };
    this.#at += 1;
    return undefined;
  }

  #backtick(): undefined {
    if (this.#frame === 'backtick') this.#pop();
    else if (this.#stack.includes('backtick')) this.#doubt = 'inside nested backticks';
    else this.#push('backtick', 0);
    this.#at += 1;
    return undefined;
  }

  #inDouble(char: string | undefined): undefined {
    if (char === '"') this.#pop();
    this.#at += 1;
    return undefined;
  }

  #inArithmetic(char: string | undefined): undefined {
    if (char === "'" || char === '"') this.#doubt = 'after quotes in arithmetic';
    if (char === '(') this.#push('arithmetic', 0);
    if (char === ')') {
      this.#pop();
      // The outermost pair was entered by "((" at once; a single ")" means that it was two subshells.
      if (this.#frame !== 'arithmetic') {
        if (this.#text[this.#at + 1] === ')') this.#at += 1;
        else this.#doubt = 'after "((" that no "))" ends';
      }
    }
    this.#at += 1;
    return undefined;
  }

  #inCode(char: string | undefined): ShellContext | undefined {
    if ((char === "'" || char === '"') && this.#frame === 'brace' && this.#inDeadBrace()) {
      this.#doubt = 'after quotes inside "${…}"';
    }
    switch (char) {
      case "'":
        return this.#single();
      case '"':
        this.#push('double', 1);
        return undefined;
      case '(':
        // Inside "${…}" a mere character.
        if (this.#frame !== 'brace') return this.#open();
        break;
      case ')':
        if (this.#frame === 'paren') this.#pop();
        break;
      case '}':
        if (this.#frame === 'brace') this.#pop();
        break;
      case '#':
        if (this.#frame === 'brace' || !this.#atWordStart()) break;
        // The ")" of "$(…)" is inside a word, that of a subshell ends one.
        if (/[)`]$|\\\n$/.test(this.#text.slice(0, this.#at)))
          this.#doubt = 'after ")#" or a "#" on a continued line';
        return this.#comment();
      case '<':
        if (this.#frame !== 'brace') return this.#less();
        break;
      case '\n':
        return this.#newLine();
      case 'c':
        // Its patterns end in ")" that no "(" opened.
        if (
          this.#stack.length > 1 &&
          this.#atWordStart() &&
          /^case\s/.test(this.#text.slice(this.#at, this.#at + 5))
        ) {
          this.#doubt = 'after "case" inside $(…)';
        }
        break;
      default:
    }
    this.#at += 1;
    return undefined;
  }

  #single(): ShellContext | undefined {
    const end = this.#text.indexOf("'", this.#at + 1);
    if (end === -1) return { in: 'single' };
    this.#at = end + 1;
    return undefined;
  }

  #open(): undefined {
    const twice = this.#text[this.#at + 1] === '(';
    const arithmetic = twice && this.#atWordStart();
    if (twice && !arithmetic) this.#doubt = 'after "((" inside a word';
    this.#push(arithmetic ? 'arithmetic' : 'paren', arithmetic ? 2 : 1);
    return undefined;
  }

  #comment(): ShellContext | undefined {
    const end = this.#text.indexOf('\n', this.#at);
    if (end === -1) return { in: 'comment' };
    this.#at = end;
    return undefined;
  }

  #less(): undefined {
    HERE_OPERATOR.lastIndex = this.#at;
    const match = this.#text.startsWith('<<<', this.#at) ? null : HERE_OPERATOR.exec(this.#text);
    if (match !== null) {
      const [whole, dash, single, double, bare] = match;
      const delimiter = single ?? double ?? bare ?? '';
      const literal = bare === undefined || whole.includes('\\');
      this.#announced.push({ delimiter, literal, stripTabs: dash === '-' });
      this.#at += whole.length;
      if (this.#stack.length > 1) this.#doubt = 'in or after a here-document inside $(…)';
      if (this.#at === this.#text.length) this.#doubt = 'in the delimiter of a here-document';
    } else if (this.#text.startsWith('<<<', this.#at)) this.#at += 3;
    else if (this.#text.startsWith('<<', this.#at)) {
      this.#doubt = 'after a here-document with an unusual delimiter';
      this.#at += 2;
    } else this.#at += 1;
    return undefined;
  }

  #newLine(): ShellContext | undefined {
    this.#at += 1;
    for (const { delimiter, literal, stripTabs } of this.#announced.splice(0)) {
      const start = this.#at;
      for (;;) {
        const end = this.#text.indexOf('\n', this.#at);
        const line = end === -1 ? this.#text.slice(this.#at) : this.#text.slice(this.#at, end);
        if (end === -1) {
          const body = this.#text.slice(start);
          return {
            in: 'here-document',
            delimiter,
            literal,
            body: stripTabs ? body.replaceAll(/^\t+/gm, '') : body,
          };
        }
        this.#at = end + 1;
        if ((stripTabs ? line.replace(/^\t+/, '') : line) === delimiter) break;
      }
    }
    return undefined;
  }

  #atEnd(): ShellContext {
    if (this.#frame === 'arithmetic') return { in: 'arithmetic' };
    if (this.#frame === 'double') return { in: 'double' };
    if (this.#inDeadBrace()) return { in: 'unsure', where: 'inside "${…}"' };
    return { in: 'plain' };
  }

  /** In a `${…}` that stands in double quotes or arithmetic: single quotes are mere characters there. */
  #inDeadBrace(): boolean {
    const around = this.#stack[this.#stack.findLastIndex((frame) => frame !== 'brace')];
    return this.#frame === 'brace' && (around === 'double' || around === 'arithmetic');
  }

  #atWordStart(): boolean {
    return this.#at === 0 || WORD_START.test(this.#text[this.#at - 1] ?? '');
  }

  #push(frame: Frame, width: number): void {
    this.#stack.push(frame);
    this.#at += width;
  }

  #pop(): void {
    if (this.#stack.length > 1) this.#stack.pop();
  }
}
