/** Pattern tree → program of an automaton: characters, forks, assertions. */
import { LIMITS } from '../limits.ts';
import { type Assertion, invalid, type PatternNode } from './parse-pattern.ts';

export type Instruction =
  | { op: 'char'; test: (char: string) => boolean; next: number }
  | { op: 'assert'; assertion: Assertion; next: number }
  | { op: 'fork'; either: number; or: number }
  | { op: 'match' };

/** Instruction 0 is the last one, `match`; the program is entered at `start`. */
export interface Program {
  instructions: readonly Instruction[];
  start: number;
  multiline: boolean;
}

/** @param flags any of `i`, `m`, `s` @throws {Refusal} EXPRESSION_VALUE */
export function compilePattern(tree: PatternNode, flags: string): Program {
  if (!/^(?!.*(.).*\1)[ims]*$/.test(flags)) throw invalid('flags are `i`, `m` and `s`, each once');
  const compiler = new PatternCompiler(flags);
  const start = compiler.emit(tree, 0);
  return { instructions: compiler.instructions, start, multiline: flags.includes('m') };
}

/** Emits backwards: every piece is told what comes after it. */
class PatternCompiler {
  readonly instructions: Instruction[] = [{ op: 'match' }];
  readonly #flags: string;
  readonly #tests = new Map<string, (char: string) => boolean>();

  constructor(flags: string) {
    this.#flags = `u${flags.includes('i') ? 'i' : ''}${flags.includes('s') ? 's' : ''}`;
  }

  emit(node: PatternNode, next: number): number {
    switch (node.kind) {
      case 'char':
        return this.#add({ op: 'char', test: this.#test(node.source), next });
      case 'assert':
        return this.#add({ op: 'assert', assertion: node.assertion, next });
      case 'sequence':
        return node.parts.reduceRight((after, part) => this.emit(part, after), next);
      case 'choice':
        return node.options
          .map((option) => this.emit(option, next))
          .reduceRight((or, either) => this.#add({ op: 'fork', either, or }));
      case 'repeat':
        return this.#repeat(node, next);
      default:
        return node satisfies never;
    }
  }

  #repeat({ part, minimum, maximum }: Extract<PatternNode, { kind: 'repeat' }>, next: number): number {
    let entry = next;
    if (maximum === Number.POSITIVE_INFINITY) {
      const fork = { op: 'fork' as const, either: 0, or: next };
      entry = this.#add(fork);
      fork.either = this.emit(part, entry);
    } else {
      for (let count = minimum; count < maximum; count++)
        entry = this.#add({ op: 'fork', either: this.emit(part, entry), or: next });
    }
    for (let count = 0; count < minimum; count++) entry = this.emit(part, entry);
    return entry;
  }

  #add(instruction: Instruction): number {
    if (this.instructions.length > LIMITS.patternStates)
      throw invalid('written out it is too large', 'use smaller counts in `{n,m}`');
    return this.instructions.push(instruction) - 1;
  }

  /** JavaScript's own engine decides about one character, which it cannot be slow at. */
  #test(source: string): (char: string) => boolean {
    const known = this.#tests.get(source);
    if (known) return known;
    let test: (char: string) => boolean;
    if (this.#flags === 'u' && [...source].length === 1 && source !== '.') test = (char) => char === source;
    else {
      const pattern = nativePattern(source, this.#flags);
      test = (char) => pattern.test(char);
    }
    this.#tests.set(source, test);
    return test;
  }
}

function nativePattern(source: string, flags: string): RegExp {
  try {
    return new RegExp(`^${source}$`, flags);
  } catch {
    throw invalid(
      source.startsWith('[') ? 'its "[…]" stands for no character' : 'an escape stands for no character',
    );
  }
}
