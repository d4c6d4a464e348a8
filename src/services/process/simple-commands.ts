/**
 * The simple commands of a shell script, wherever they stand: after `&&`, in `if`, in `$(…)`, behind `sudo`, in `sh -c '…'`. Read from
 * the text alone: what a variable or a file holds is not seen, so this tells what a script says, never all it may do.
 */
import { type ScriptWord, WordReader } from './script-words.ts';
import { insideOf } from './wrapped-commands.ts';

/** At least one word; the first one is the command. */
export type SimpleCommand = readonly ScriptWord[];

/** Scripts within scripts; what is deeper is not looked into. */
const MOST_DEPTH = 24;

/** In the order of the text; what a wrapper such as `sudo` runs follows it. */
export function simpleCommands(script: string, depth = 0): SimpleCommand[] {
  if (depth > MOST_DEPTH) return [];
  const found = new ScriptReader(depth).read(script);
  return found.flatMap((command) => [
    command,
    ...insideOf(command, (text) => simpleCommands(text, depth + 1)),
  ]);
}

/** Words after which a command may stand. */
const BEFORE_COMMANDS = new Set('if then elif else fi while until do done ! { } time coproc'.split(' '));
const ASSIGNMENT = /^[A-Za-z_]\w*(\[[^\]]*\])?\+?=/;
const REDIRECTION = /^(?:&>>?|<<<|<<-?|<>|[<>]&|>>|>\||[<>])/;

/** What becomes of the words that are read. */
type Mode = 'command' | 'pattern' | 'until-in' | 'until-end' | 'test' | 'one-word';

class ScriptReader {
  readonly #commands: SimpleCommand[] = [];
  #words: ScriptWord[] = [];
  #mode: Mode = 'command';
  /** `case`s that are open. */
  #cases = 0;
  #hereDocuments: { delimiter: string; literal: boolean; stripTabs: boolean }[] = [];

  constructor(private readonly depth: number) {}

  read(script: string): SimpleCommand[] {
    this.#list(script, 0, undefined);
    return this.#commands;
  }

  readonly #inner = (text: string, at: number): number => {
    const reader = new ScriptReader(this.depth + 1);
    if (this.depth > MOST_DEPTH) return text.length;
    const next = reader.#list(text, at, ')');
    this.#commands.push(...reader.#commands);
    return next;
  };

  readonly #script = (script: string): void => {
    if (this.depth <= MOST_DEPTH) this.#commands.push(...new ScriptReader(this.depth + 1).read(script));
  };

  /** @returns where the text goes on behind `until`. */
  #list(text: string, from: number, until: ')' | undefined): number {
    let open = 0;
    let at = from;
    while (at < text.length) {
      const char = text[at] ?? '';
      if (char === ' ' || char === '\t' || char === '\r') at++;
      else if (char === '\\' && text[at + 1] === '\n') at += 2;
      else if (char === '#') at = endOfLine(text, at);
      else if (char === '\n') at = this.#lineBreak(text, at);
      else if (char === '(') {
        if (this.#opens(text, at)) at = skipArithmetic(text, at);
        else {
          open++;
          at++;
        }
      } else if (char === ')') {
        at++;
        if (this.#mode === 'pattern') this.#begin('command');
        else if (open > 0) {
          open--;
          this.#end();
        } else if (until === ')') {
          this.#end();
          return at;
        }
      } else if (/^&>|^[<>]/.test(text.slice(at, at + 2))) at = this.#redirection(text, at);
      else if (/[;&|]/.test(char)) at = this.#separator(text, at);
      else at = this.#word(text, at);
    }
    this.#end();
    return at;
  }

  /** Whether a "(" begins arithmetic; a function's "()" or a subshell ends the words before it. */
  #opens(text: string, at: number): boolean {
    const isFirst = this.#words.length === 0;
    if (isFirst && text[at + 1] === '(') return true;
    this.#words = [];
    return false;
  }

  #separator(text: string, at: number): number {
    const operator = /^(?:;;&|;;|;&|&&|\|\||\|&|[;&|])/.exec(text.slice(at, at + 3))?.[0] ?? ';';
    this.#end();
    if (this.#mode === 'pattern' || this.#mode === 'test') return at + operator.length;
    this.#mode = this.#cases > 0 && /^;[;&]/.test(operator) ? 'pattern' : 'command';
    return at + operator.length;
  }

  #lineBreak(text: string, at: number): number {
    this.#end();
    if (this.#mode !== 'pattern' && this.#mode !== 'until-in') this.#mode = 'command';
    let next = at + 1;
    for (const { delimiter, literal, stripTabs } of this.#hereDocuments.splice(0)) {
      const start = next;
      let end = text.length;
      while (next < text.length) {
        const stop = endOfLine(text, next);
        const line = text.slice(next, stop);
        const lineStart = next;
        next = stop + 1;
        if ((stripTabs ? line.replace(/^\t+/, '') : line) !== delimiter) continue;
        end = lineStart;
        break;
      }
      if (!literal) WordReader.scan(text.slice(start, end), this.#inner, this.#script);
    }
    return Math.min(next, text.length);
  }

  #redirection(text: string, at: number): number {
    if (/^[<>]\(/.test(text.slice(at, at + 2))) {
      const next = this.#inner(text, at + 2);
      this.#take({ raw: text.slice(at, next), value: undefined });
      return next;
    }
    const operator = REDIRECTION.exec(text.slice(at, at + 3))?.[0] ?? '>';
    const start = at + operator.length + (/^[ \t]*/.exec(text.slice(at + operator.length))?.[0].length ?? 0);
    const { word, next } = WordReader.read(text, start, this.#inner, this.#script);
    if (operator === '<<' || operator === '<<-')
      this.#hereDocuments.push({
        delimiter: word.value ?? word.raw,
        literal: /['"\\]/.test(word.raw),
        stripTabs: operator === '<<-',
      });
    return Math.max(next, start);
  }

  #word(text: string, at: number): number {
    const { word, next } = WordReader.read(text, at, this.#inner, this.#script);
    // A number right before "<" or ">" is a file descriptor.
    if (/^\d+$/.test(word.raw) && /[<>]/.test(text[next] ?? '')) return next;
    const isAssignment = this.#words.length === 0 && ASSIGNMENT.test(word.raw);
    if (isAssignment && word.raw.endsWith('=') && text[next] === '(')
      return skipArray(text, next, this.#inner);
    if (!isAssignment || this.#mode !== 'command') this.#take(word);
    // Something no word can begin with: never stand still.
    return next > at ? next : at + 1;
  }

  #take(word: ScriptWord): void {
    switch (this.#mode) {
      case 'pattern':
        if (word.raw === 'esac') this.#endCase();
        return;
      case 'until-in':
        if (word.raw === 'in') this.#begin('pattern');
        return;
      case 'until-end':
        return;
      case 'test':
        if (word.raw === ']]') this.#begin('command');
        return;
      case 'one-word':
        this.#begin('command');
        return;
      case 'command':
        if (this.#words.length > 0 || !this.#isReserved(word.raw)) this.#words.push(word);
        return;
      default:
        this.#mode satisfies never;
    }
  }

  #isReserved(word: string): boolean {
    if (BEFORE_COMMANDS.has(word)) return true;
    if (word === 'esac' && this.#cases > 0) this.#endCase();
    else if (word === 'for' || word === 'select') this.#begin('until-end');
    else if (word === 'case') {
      this.#cases++;
      this.#begin('until-in');
    } else if (word === 'function') this.#begin('one-word');
    else if (word === '[[') this.#begin('test');
    else return false;
    return true;
  }

  #endCase(): void {
    this.#cases--;
    this.#begin('command');
  }

  #begin(mode: Mode): void {
    this.#words = [];
    this.#mode = mode;
  }

  #end(): void {
    if (this.#words.length > 0) this.#commands.push(this.#words);
    this.#words = [];
  }
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end;
}

function skipArithmetic(text: string, at: number): number {
  const end = text.indexOf('))', at);
  return end === -1 ? text.length : end + 2;
}

/** `name=( … )`: values, and perhaps scripts in them. */
function skipArray(text: string, at: number, onInner: (text: string, at: number) => number): number {
  let next = at + 1;
  while (next < text.length && text[next] !== ')') {
    const { next: after } = WordReader.read(text, next, onInner, () => {});
    next = after > next ? after : next + 1;
  }
  return next + 1;
}
