/** Runs a pattern over text with all its states at once: time grows with text × pattern and never explodes. */
import { LIMITS } from '../limits.ts';
import { LruCache } from '../lru-cache.ts';
import type { Meter } from '../operators.ts';
import { compilePattern, type Program } from './compile-pattern.ts';
import { type Assertion, parsePattern } from './parse-pattern.ts';

const cache = new LruCache<Program>(LIMITS.cached);

/** Whether the pattern occurs anywhere in the text. @throws {Refusal} for a pattern that cannot be used, or too much work */
export function matchesPattern(text: string, pattern: string, flags: string, meter: Meter): boolean {
  const key = `${flags}/${pattern}`;
  const program = cache.get(key) ?? cache.set(key, compilePattern(parsePattern(pattern), flags));
  return new Run(program, text, meter).matches();
}

class Run {
  readonly #program: Program;
  readonly #text: string;
  readonly #meter: Meter;
  /** Position at which each instruction was last entered, so that none is entered twice at one. */
  readonly #enteredAt: Int32Array;

  constructor(program: Program, text: string, meter: Meter) {
    this.#program = program;
    this.#text = text;
    this.#meter = meter;
    this.#enteredAt = new Int32Array(program.instructions.length).fill(-1);
  }

  matches(): boolean {
    const { instructions, start } = this.#program;
    let current: number[] = [];
    let at = 0;
    for (;;) {
      // A match may begin anywhere, so the start is entered at every character.
      if (this.#enter(start, at, current)) return true;
      if (at >= this.#text.length) return false;
      this.#meter.spend(current.length + 1);
      const char = String.fromCodePoint(this.#text.codePointAt(at) ?? 0);
      const next: number[] = [];
      at += char.length;
      for (const index of current) {
        const instruction = instructions[index]!;
        if (instruction.op === 'char' && instruction.test(char) && this.#enter(instruction.next, at, next))
          return true;
      }
      current = next;
    }
  }

  /** Follows forks and assertions from an instruction to the characters behind them; true when the end is among them. */
  #enter(from: number, at: number, into: number[]): boolean {
    const pending = [from];
    for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
      if (this.#enteredAt[index] === at) continue;
      this.#enteredAt[index] = at;
      this.#meter.spend(1);
      const instruction = this.#program.instructions[index]!;
      if (instruction.op === 'match') return true;
      if (instruction.op === 'char') into.push(index);
      else if (instruction.op === 'fork') pending.push(instruction.or, instruction.either);
      else if (this.#holds(instruction.assertion, at)) pending.push(instruction.next);
    }
    return false;
  }

  #holds(assertion: Assertion, at: number): boolean {
    const before = this.#text.charAt(at - 1);
    const after = this.#text.charAt(at);
    if (assertion === 'start') return at === 0 || (this.#program.multiline && isLineEnd(before));
    if (assertion === 'end') return at === this.#text.length || (this.#program.multiline && isLineEnd(after));
    const isBoundary = /\w/.test(before) !== /\w/.test(after);
    return isBoundary === (assertion === 'boundary');
  }
}

function isLineEnd(char: string): boolean {
  return /[\n\r\u2028\u2029]/.test(char);
}
