/** Which of the names that expressions know a script reads, and how far their members are written out. */
import type { Reference } from '#compiler';
import { type Token, tokensOf } from './tokens.ts';

/** The names of expressions, all of them: which have a value where the script stands is not judged here. */
const ROOTS = new Set([
  'inputs',
  'steps',
  'env',
  'secrets',
  'item',
  'index',
  'args',
  'memory',
  'run',
  'workflow',
  'last_failed_step',
  'sent_back',
]);
const DECLARES = new Set(['const', 'let', 'var', 'function', 'class']);
const CONTROLS = new Set(['if', 'while', 'for', 'switch', 'with']);
const OPENS: Readonly<Record<string, string>> = { ')': '(', '}': '{', ']': '[' };

/**
 * In source order. `maybe` marks a name that the script declares somewhere, so that it may be its own there; what is read of
 * a step or an input is never left out. Methods are no members: `inputs.list.map(…)` reads `inputs.list`.
 */
export function readsOf(code: string): Reference[] {
  const row = new Row(tokensOf(code));
  const found: { reference: Reference; root: string }[] = [];
  const declared = new Set<string>();
  row.tokens.forEach((token, at) => {
    if (token.kind !== 'word' || !ROOTS.has(token.text) || row.isMember(at)) return;
    if (row.isDeclared(at)) declared.add(token.text);
    else for (const reference of row.references(at)) found.push({ reference, root: token.text });
  });
  return found.map(({ reference, root }) => (declared.has(root) ? { ...reference, maybe: true } : reference));
}

class Row {
  readonly tokens: readonly Token[];
  /** Of each closing sign, where its opening one is, and the other way round. */
  readonly #partner = new Map<number, number>();
  /** Of each token, where the innermost group that holds it opens. */
  readonly #within: number[] = [];

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
    const open: number[] = [];
    tokens.forEach((token, at) => {
      const opener = token.kind === 'sign' ? OPENS[token.text] : undefined;
      const last = open.at(-1);
      if (opener !== undefined && last !== undefined && this.sign(last) === opener) {
        open.pop();
        this.#partner.set(at, last);
        this.#partner.set(last, at);
      }
      this.#within.push(open.at(-1) ?? -1);
      if (token.kind === 'sign' && '({['.includes(token.text)) open.push(at);
    });
  }

  sign(at: number): string | undefined {
    const token = this.tokens[at];
    return token?.kind === 'sign' ? token.text : undefined;
  }

  word(at: number): string | undefined {
    const token = this.tokens[at];
    return token?.kind === 'word' ? token.text : undefined;
  }

  /** A member of something else, a key or a method of an object: not the name itself. */
  isMember(at: number): boolean {
    const before = this.sign(at - 1);
    if (before === '.' || before === '?.') return true;
    if (this.sign(at + 1) === '(') return true;
    const atEntry = before === '{' || before === ',';
    return this.sign(at + 1) === ':' && atEntry && this.sign(this.#within[at] ?? -1) === '{';
  }

  /** The script gives the name a meaning of its own here. */
  isDeclared(at: number): boolean {
    const before = this.word(at - 1);
    if (before !== undefined && DECLARES.has(before)) return true;
    const after = this.sign(at + 1);
    if (after === '=>' || after === '=') return true;
    return this.#isInPattern(at) || this.#isInList(at);
  }

  /** In `(…) =>`, `function (…)`, `name(…) {`, `catch (…)`, `const {…}`, however deep. */
  #isInPattern(at: number): boolean {
    for (let open = this.#within[at] ?? -1; open >= 0; open = this.#within[open] ?? -1) {
      const close = this.#partner.get(open) ?? -1;
      const before = this.word(open - 1);
      if (this.sign(open) === '(') {
        if (close < 0) return false;
        if (this.sign(close + 1) === '=>') return true;
        return this.sign(close + 1) === '{' && (before === undefined || !CONTROLS.has(before));
      }
      if (before !== undefined && DECLARES.has(before)) return true;
      const isPattern =
        this.sign(open - 1) === ',' || this.sign(open - 1) === ':' || this.sign(open - 1) === '(';
      if (!isPattern) return false;
    }
    return false;
  }

  /** `let a, item;` */
  #isInList(at: number): boolean {
    const after = this.sign(at + 1);
    if (this.sign(at - 1) !== ',' || (after !== ',' && after !== ';')) return false;
    for (let back = at - 1; back >= 0 && !'({[;'.includes(this.sign(back) ?? ' '); back--) {
      const before = this.word(back);
      if (before === 'let' || before === 'var') return true;
    }
    return false;
  }

  /** What is read by the name at this token: one reference, or one for each member that is taken out of it. */
  references(at: number): Reference[] {
    const { text: root, start, end } = this.tokens[at]!;
    const taken = this.#takenOut(at);
    if (taken !== undefined) return taken.map((name) => ({ root, path: [name], start, end }));
    const path: Reference['path'] = [];
    let last = at;
    for (let next = this.#member(last); next !== undefined; next = this.#member(last)) {
      if (this.#isCalled(next.last)) break;
      path.push(next.name);
      last = next.last;
      if (root === 'secrets') break;
    }
    return [{ root, path, start, end: this.tokens[last]!.end }];
  }

  /** `.name`, `?.name`, `["name"]`, `?.[0]` after a token. */
  #member(at: number): { name: string | number; last: number } | undefined {
    const link = this.sign(at + 1);
    const name = this.word(at + 2);
    if ((link === '.' || link === '?.') && name !== undefined) return { name, last: at + 2 };
    const open = link === '?.' ? at + 2 : at + 1;
    const key = this.tokens[open + 1];
    if (this.sign(open) !== '[' || key === undefined || this.sign(open + 2) !== ']') return undefined;
    if (key.kind === 'text' && !key.text.includes('\\')) return { name: key.text, last: open + 2 };
    return key.kind === 'number' && /^\d+$/.test(key.text)
      ? { name: Number(key.text), last: open + 2 }
      : undefined;
  }

  #isCalled(at: number): boolean {
    const next = this.sign(at + 1);
    return next === '(' || (next === '?.' && this.sign(at + 2) === '(') || this.#isTagged(at);
  }

  #isTagged(at: number): boolean {
    const next = this.tokens[at + 1];
    return next?.kind === 'template' && next.text.startsWith('`');
  }

  /** The names in `const { a, b: c } = inputs`; undefined for anything else, and for `...rest`. */
  #takenOut(at: number): string[] | undefined {
    const open = this.#partner.get(at - 2);
    if (this.sign(at - 1) !== '=' || this.sign(at - 2) !== '}' || open === undefined) return undefined;
    const follows = this.sign(at + 1);
    if (follows === '.' || follows === '?.' || follows === '[') return undefined;
    if (!DECLARES.has(this.word(open - 1) ?? '')) return undefined;
    const names: string[] = [];
    for (let each = open + 1; each < at - 2; each++) {
      if (this.#within[each] !== open || (each !== open + 1 && this.sign(each - 1) !== ',')) continue;
      const { kind, text } = this.tokens[each]!;
      if (kind !== 'word' && kind !== 'text') return undefined;
      names.push(text);
    }
    return names;
  }
}
