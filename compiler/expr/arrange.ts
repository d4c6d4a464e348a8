/**
 * Tokens → what jexl's parser accepts and means. Checks what that parser lets pass (open brackets, empty operands, `a.f(x)`, which
 * it takes for `f(x)`), bounds nesting, and spells the places it has no state for (`f(x) ? …`, `(a)[0]`, `-a`) in ones it has.
 */
import { ExpressionError, type ExpressionErrorCode } from './expression-error.ts';
import { FORBIDDEN_NAMES, isForbiddenWord } from './forbidden-names.ts';
import { methodHint, propertyHint } from './hints/methods.ts';
import { staticMethodHint, wordHint } from './hints/names.ts';
import { type JexlToken, type JexlTokenType, Mark, recordKey } from './jexl-tree.ts';
import { LIMITS } from './limits.ts';
import { argumentText, neighbourHint } from './neighbours.ts';
import { type Token, tokensOf } from './tokens.ts';

/** Text of the marks that only steer jexl's parser: no author can write it, and `convert.ts` drops them. */
export const STEERING = '';
/** jexl's name for negation of anything but a literal number. */
export const NEGATE = '-x';

type Bracket = 'group' | 'call' | 'list' | 'index' | 'object';
/** What a complete operand ended with; undefined where an operand has to follow. */
type Operand = 'name' | 'member' | 'literal' | 'transform' | Bracket | undefined;

const CLOSERS = { group: ')', call: ')', list: ']', index: ']', object: '}' } as const;
/** After these jexl has no `[`. */
const NEEDS_STEERING: ReadonlySet<Operand> = new Set<Operand>(['literal', 'group', 'list', 'object']);
const TAKES_COMMAS: ReadonlySet<Operand> = new Set<Operand>(['call', 'list', 'object']);
const LITERAL_WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);

/** @throws {ExpressionError} */
export function arrange(text: string): JexlToken[] {
  return new Arranger(text).run();
}

class Arranger {
  readonly #text: string;
  readonly #tokens: Token[];
  readonly #out: JexlToken[] = [];
  readonly #open: { bracket: Bracket; token: Token }[] = [];
  #questions = 0;
  #operand: Operand;
  #previous: Token | undefined;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokensOf(text);
  }

  run(): JexlToken[] {
    this.#tokens.forEach((token, at) => {
      this.#operand = this.#place(token, this.#tokens[at + 1], at);
      this.#previous = token;
    });
    this.#checkEnd();
    return this.#out;
  }

  #place(token: Token, next: Token | undefined, at: number): Operand {
    switch (token.type) {
      case 'identifier':
        return this.#placeWord(token, next, at);
      case 'literal':
        return this.#placeLiteral(token, next);
      case 'dot':
        return this.#placeDot(token, next);
      case 'binaryOp':
        return this.#placeOperator(token, next);
      case 'unaryOp':
        if (this.#operand !== undefined) throw this.#unexpected(token);
        return this.#emit('unaryOp', token, undefined);
      case 'openParen':
      case 'openBracket':
      case 'openCurl':
        return this.#placeOpener(token, next);
      case 'closeParen':
      case 'closeBracket':
      case 'closeCurl':
        return this.#placeCloser(token);
      default:
        return this.#placeSeparator(token);
    }
  }

  #placeWord(token: Token, next: Token | undefined, at: number): Operand {
    if (this.#isObjectKey(next)) return this.#placeKey(token, token.text);
    if (this.#operand !== undefined) {
      if (token.text === 'in') return this.#emit('binaryOp', token, undefined);
      throw this.#unexpected(token);
    }
    if (this.#previous?.type === 'dot') {
      this.#refuseForbidden(token, token.text);
      if (next?.type === 'openParen') throw this.#methodCall(token, at);
      return this.#emit('identifier', token, 'member');
    }
    if (this.#previous?.type === 'pipe') return this.#emit('identifier', token, 'transform');
    const literal = LITERAL_WORDS.get(token.text);
    if (literal !== undefined) return this.#emit('literal', token, 'literal', literal);
    this.#refuseForbidden(token, token.text);
    return this.#emit('identifier', token, 'name');
  }

  #placeLiteral(token: Token, next: Token | undefined): Operand {
    if (this.#isObjectKey(next)) return this.#placeKey(token, String(token.value));
    if (this.#operand !== undefined) throw this.#unexpected(token);
    return this.#emit('literal', token, 'literal', token.value);
  }

  /** `.` after an operand is a path, before one a property of the filter's element, and alone the element itself. */
  #placeDot(token: Token, next: Token | undefined): Operand {
    const hasName = next?.type === 'identifier';
    if (this.#operand !== undefined) {
      if (!hasName) {
        const hint = next?.type === 'literal' ? `use [${next.text}]` : 'write a name after the "."';
        throw this.#error(
          'EXPRESSION_SYNTAX',
          next?.start ?? this.#text.length,
          'a name must follow "."',
          hint,
        );
      }
      if (this.#operand === 'group') this.#steerPipe(token);
      return this.#emit('dot', token, undefined);
    }
    if (!this.#open.some(({ bracket }) => bracket === 'index')) {
      const hint =
        'begin with a name, such as inputs.name; ".name" is for filters, such as list[.name == "x"]';
      throw this.#error('EXPRESSION_SYNTAX', token.start, 'a path cannot begin with "." here', hint);
    }
    this.#emit('dot', token, undefined);
    return hasName && next.start === token.end ? undefined : this.#steer('identifier', token, 'member');
  }

  #placeOperator(token: Token, next: Token | undefined): Operand {
    if (this.#operand !== undefined) return this.#emit('binaryOp', token, undefined);
    if (token.text !== '-' || !next) throw this.#unexpected(token);
    if (next.type === 'literal' && typeof next.value === 'number') {
      next.value = -next.value;
      next.start = token.start;
    } else {
      this.#out.push({ type: 'unaryOp', value: new Mark(NEGATE, token.start, token.end), raw: '' });
    }
    return undefined;
  }

  #placeOpener(token: Token, next: Token | undefined): Operand {
    const bracket = this.#bracketOf(token);
    if (bracket === undefined) throw this.#unexpected(token);
    this.#open.push({ bracket, token });
    this.#checkNesting(token);
    if (bracket === 'index') {
      if (next?.type === 'closeBracket') {
        const hint = 'write a key, an index or a filter inside';
        throw this.#error('EXPRESSION_SYNTAX', token.start, '"[]" holds no key', hint);
      }
      if (NEEDS_STEERING.has(this.#operand)) this.#steerPipe(token);
    }
    return this.#emit(token.type, token, undefined);
  }

  #bracketOf(token: Token): Bracket | undefined {
    const operand = this.#operand;
    if (token.type === 'openCurl') return operand === undefined ? 'object' : undefined;
    if (token.type === 'openBracket') return operand === undefined ? 'list' : 'index';
    if (operand === undefined) return 'group';
    return operand === 'name' || operand === 'transform' ? 'call' : undefined;
  }

  #placeCloser(token: Token): Operand {
    const open = this.#open.pop();
    if (!open) throw this.#error('EXPRESSION_SYNTAX', token.start, `"${token.text}" closes nothing`);
    if (CLOSERS[open.bracket] !== token.text) {
      const message = `"${token.text}" cannot close the "${open.token.text}" before it`;
      throw this.#error(
        'EXPRESSION_SYNTAX',
        token.start,
        message,
        `add the closing ${CLOSERS[open.bracket]} first`,
      );
    }
    const isEmpty = this.#previous === open.token || this.#previous?.type === 'comma';
    if (this.#operand === undefined && !(isEmpty && TAKES_COMMAS.has(open.bracket)))
      throw this.#unexpected(token);
    return this.#emit(token.type, token, open.bracket);
  }

  /** `,` `:` `?` `|` */
  #placeSeparator(token: Token): Operand {
    const isElvis = token.type === 'colon' && this.#previous?.type === 'question';
    if (this.#operand === undefined && !isElvis) throw this.#unexpected(token);
    if (token.type === 'comma' && !TAKES_COMMAS.has(this.#open.at(-1)?.bracket))
      throw this.#unexpected(token);
    if (token.type === 'question') {
      this.#questions++;
      this.#checkNesting(token);
      if (this.#operand === 'call' || this.#operand === 'transform') this.#steerIndex(token);
    }
    return this.#emit(token.type, token, undefined);
  }

  #isObjectKey(next: Token | undefined): boolean {
    const open = this.#open.at(-1);
    if (open?.bracket !== 'object' || next?.type !== 'colon') return false;
    return this.#previous === open.token || this.#previous?.type === 'comma';
  }

  #placeKey(token: Token, name: string): Operand {
    if (FORBIDDEN_NAMES.has(name)) this.#refuseForbidden(token, name);
    this.#out.push({ type: 'identifier', value: recordKey(name), raw: '' });
    return 'member';
  }

  #emit(type: JexlTokenType, token: Token, operand: Operand, value?: Mark['value']): Operand {
    this.#out.push({ type, value: new Mark(token.text, token.start, token.end, value), raw: '' });
    return operand;
  }

  #steer(type: JexlTokenType, { start }: Token, operand: Operand): Operand {
    this.#out.push({ type, value: new Mark(STEERING, start, start), raw: '' });
    return operand;
  }

  /** A transform that does nothing: jexl then accepts `[` and takes what is before as one operand. */
  #steerPipe(token: Token): void {
    this.#steer('pipe', token, undefined);
    this.#steer('identifier', token, undefined);
  }

  /** An index that does nothing: jexl then accepts `?`. */
  #steerIndex(token: Token): void {
    this.#steer('openBracket', token, undefined);
    this.#steer('literal', token, undefined);
    this.#steer('closeBracket', token, undefined);
  }

  #checkNesting(token: Token): void {
    if (this.#open.length + this.#questions <= LIMITS.nesting) return;
    const message = `more than ${LIMITS.nesting} brackets and conditions within each other`;
    throw this.#error('EXPRESSION_TOO_COMPLEX', token.start, message, 'use a `script` step');
  }

  #checkEnd(): void {
    const unclosed = this.#open.at(-1);
    if (unclosed) {
      const { start, text } = unclosed.token;
      const hint = `add the closing ${CLOSERS[unclosed.bracket]}`;
      throw this.#error('EXPRESSION_UNCLOSED', start, `"${text}" is never closed`, hint);
    }
    if (!this.#previous) throw this.#error('EXPRESSION_SYNTAX', 0, 'the expression is empty');
    if (this.#operand !== undefined) return;
    const message = `something must follow "${this.#previous.text}"`;
    throw this.#error('EXPRESSION_SYNTAX', this.#text.length, message, wordHint(this.#previous.text));
  }

  #refuseForbidden(token: Token, word: string): void {
    if (!isForbiddenWord(word)) return;
    const other = FORBIDDEN_NAMES.has(word)
      ? 'rename the key in the data'
      : `use ["${word}"] if it is a key of the data`;
    const message = `"${word}" cannot be used as a name`;
    throw this.#error('EXPRESSION_FORBIDDEN_NAME', token.start, message, propertyHint(word) ?? other);
  }

  #methodCall(token: Token, at: number): ExpressionError {
    const args = argumentText(this.#text, this.#tokens, at + 1);
    const object = this.#tokens[at - 2];
    const isRoot = object?.type === 'identifier' && this.#tokens[at - 3]?.type !== 'dot';
    const ofStatic = isRoot ? staticMethodHint(`${object.text}.${token.text}`, args) : undefined;
    const message = `values have no methods: ".${token.text}(…)"`;
    return this.#error('EXPRESSION_SYNTAX', token.start, message, ofStatic ?? methodHint(token.text, args));
  }

  #unexpected(token: Token): ExpressionError {
    const before = this.#previous;
    const isValue = token.type === 'literal' || token.type === 'identifier' || token.type === 'unaryOp';
    const place = before ? `after "${before.text}"` : 'at the beginning';
    const message =
      this.#operand !== undefined && isValue && before
        ? `"${token.text}" follows "${before.text}" without an operator between them`
        : `"${token.text}" is not expected ${place}`;
    return this.#error('EXPRESSION_SYNTAX', token.start, message, neighbourHint(before, token));
  }

  #error(code: ExpressionErrorCode, offset: number, message: string, hint?: string): ExpressionError {
    return new ExpressionError(code, message, { expression: this.#text, offset, hint });
  }
}
