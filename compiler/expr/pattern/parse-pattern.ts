/** Regular expression text → tree. Only what an automaton can do in linear time: no look-around, no back references. */
import { Refusal } from '../expression-error.ts';
import { LIMITS } from '../limits.ts';

export type Assertion = 'start' | 'end' | 'boundary' | 'inside';

export type PatternNode =
  /** One character. `source` is a piece of a JavaScript pattern that stands for exactly one. */
  | { kind: 'char'; source: string }
  | { kind: 'assert'; assertion: Assertion }
  | { kind: 'sequence'; parts: PatternNode[] }
  | { kind: 'choice'; options: PatternNode[] }
  | { kind: 'repeat'; part: PatternNode; minimum: number; maximum: number };

const MAX_NESTING = 50;
const QUANTIFIER = /\{(\d{1,4})(?:(,)(\d{1,4})?)?\}/y;
const CHARACTER_ESCAPE =
  /\\(?:[dDwWsStnrfv0]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|u\{[0-9a-fA-F]{1,6}\}|[pP]\{[A-Za-z_=]{1,60}\}|[^A-Za-z0-9])/uy;

/** @throws {Refusal} EXPRESSION_VALUE */
export function parsePattern(pattern: string): PatternNode {
  if (pattern.length > LIMITS.patternLength) {
    throw new Refusal('EXPRESSION_VALUE', `the pattern is longer than ${LIMITS.patternLength} characters`);
  }
  const reader = new PatternReader(pattern);
  const node = reader.choice(0);
  if (!reader.atEnd) throw invalid('a ")" closes nothing');
  return node;
}

class PatternReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  choice(depth: number): PatternNode {
    if (depth > MAX_NESTING) throw invalid(`groups are nested deeper than ${MAX_NESTING}`);
    const options = [this.#sequence(depth)];
    while (this.#take('|')) options.push(this.#sequence(depth));
    return options.length === 1 ? options[0]! : { kind: 'choice', options };
  }

  #sequence(depth: number): PatternNode {
    const parts: PatternNode[] = [];
    while (!this.atEnd && !'|)'.includes(this.#text.charAt(this.#at)))
      parts.push(this.#quantified(this.#atom(depth)));
    return { kind: 'sequence', parts };
  }

  #quantified(part: PatternNode): PatternNode {
    const range = this.#range();
    if (!range) return part;
    if (part.kind === 'assert') throw invalid('nothing to repeat');
    // Which of several matches is found makes no difference to whether there is one.
    this.#take('?');
    if (/[*+?]/.test(this.#text.charAt(this.#at))) throw invalid('two repetitions in a row');
    return { kind: 'repeat', part, ...range };
  }

  #range(): { minimum: number; maximum: number } | undefined {
    if (this.#take('*')) return { minimum: 0, maximum: Number.POSITIVE_INFINITY };
    if (this.#take('+')) return { minimum: 1, maximum: Number.POSITIVE_INFINITY };
    if (this.#take('?')) return { minimum: 0, maximum: 1 };
    const match = this.#match(QUANTIFIER);
    if (!match) return undefined;
    const minimum = Number(match[1]);
    const maximum =
      match[2] === undefined ? minimum : match[3] === undefined ? Number.POSITIVE_INFINITY : Number(match[3]);
    if (maximum < minimum) throw invalid(`${match[0]} counts downwards`);
    return { minimum, maximum };
  }

  #atom(depth: number): PatternNode {
    if (this.#take('(')) return this.#group(depth);
    if (this.#take('^')) return { kind: 'assert', assertion: 'start' };
    if (this.#take('$')) return { kind: 'assert', assertion: 'end' };
    if (this.#take('\\b')) return { kind: 'assert', assertion: 'boundary' };
    if (this.#take('\\B')) return { kind: 'assert', assertion: 'inside' };
    if (this.#take('.')) return { kind: 'char', source: '.' };
    const first = this.#text.charAt(this.#at);
    if (first === '[') return { kind: 'char', source: this.#class() };
    if (first === '\\') return { kind: 'char', source: this.#escape() };
    if ('*+?'.includes(first)) throw invalid(`nothing to repeat before "${first}"`);
    const char = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
    this.#at += char.length;
    return { kind: 'char', source: /[\^$\\.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char };
  }

  #group(depth: number): PatternNode {
    if (this.#take('?') && !this.#take(':')) {
      const name = this.#match(/<[A-Za-z_]\w*>/y);
      if (!name)
        throw invalid(
          'look-ahead, look-behind and inline flags are not supported',
          'test in two steps, such as `x|matches(…) && !(x|matches(…))`',
        );
    }
    const inner = this.choice(depth + 1);
    if (!this.#take(')')) throw invalid('a "(" is never closed');
    return inner;
  }

  #class(): string {
    const start = this.#at;
    this.#at++;
    this.#take('^');
    while (this.#text.charAt(this.#at) !== ']') {
      if (this.atEnd) throw invalid('a "[" is never closed');
      this.#at += this.#text.charAt(this.#at) === '\\' ? 2 : 1;
    }
    this.#at++;
    return this.#text.slice(start, this.#at);
  }

  #escape(): string {
    const match = this.#match(CHARACTER_ESCAPE);
    if (match) return /^\\[^A-Za-z0-9^$\\.*+?()[\]{}|/]/u.test(match[0]) ? match[0].slice(1) : match[0];
    const next = this.#text.charAt(this.#at + 1);
    if (/[1-9k]/.test(next)) throw invalid('back references are not supported', 'use a `script` step');
    throw invalid(next === '' ? 'it ends with a backslash' : `"\\${next}" has no meaning in a pattern`);
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (!match) return undefined;
    this.#at = pattern.lastIndex;
    return match;
  }
}

export function invalid(problem: string, hint?: string): Refusal {
  return new Refusal('EXPRESSION_VALUE', `the pattern cannot be used: ${problem}`, hint);
}
