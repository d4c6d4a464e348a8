/**
 * Knows the secrets of a run and keeps them out of everything shown (`***`) and everything stored (a placeholder that
 * can be turned back when the run goes on and the secrets are given again).
 */
import type { Json } from './json.ts';
import { isTooCommon, type SecretForm, secretForms } from './redact-forms.ts';
import { PatternSearch } from './redact-search.ts';
import { passThrough, type RedactedStream, RedactingStream } from './redact-stream.ts';

export const MASK = '***';

/** Begins a placeholder: `⟦secret:name⟧`, `⟦secret:name:form⟧`, either with `@n` for all but the first n characters; `⟦secret:⟧` stands for this text itself. */
const OPEN = '\u27e6secret:';
const CLOSE = '\u27e7';
const PLACEHOLDER = /\u27e6secret:([^\u27e7:@]*)(?::([^\u27e7@]*))?(?:@(\d+))?\u27e7/g;

/** A stored value as it may be shown: every placeholder becomes `***`. Needs no secrets. */
export function maskPlaceholders<T extends Json>(value: T): T;
export function maskPlaceholders(value: Json): Json {
  return mapTexts(
    value,
    (text) =>
      text.includes(OPEN)
        ? text.replaceAll(PLACEHOLDER, (found) => (found === OPEN + CLOSE ? OPEN : MASK))
        : text,
    (number) => number,
  );
}

/** Whether a stored value had a secret in it. */
export const holdsSecret = (stored: Json): boolean => JSON.stringify(stored).includes(OPEN);

export class Redactor {
  /** Names of secrets that are too short or too common to be hidden: tell the user. */
  readonly unprotected: readonly string[];
  readonly #forms: readonly SecretForm[];
  /** By text, for seal; by placeholder, for unseal. */
  readonly #byText = new Map<string, SecretForm>();
  readonly #byPlaceholder = new Map<string, string>();
  readonly #numbers = new Map<number, string>();
  readonly #search: PatternSearch | undefined;
  #pattern: RegExp | undefined;

  /** @param secrets name → value. Values of objects and arrays are secrets of their own, called `name.key`. */
  constructor(secrets: Iterable<readonly [name: string, value: Json]> = []) {
    const leaves = [...secrets].flatMap(([name, value]) => leavesOf(name, value));
    this.unprotected = leaves
      .filter(({ value }) => value !== '' && isTooCommon(value))
      .map(({ name }) => name);
    const kept = leaves.filter(({ value }) => !isTooCommon(value));
    this.#forms = kept.flatMap(({ name, value }) => secretForms(name, value));
    for (const form of this.#forms) {
      if (!this.#byText.has(form.text)) this.#byText.set(form.text, form);
      this.#byPlaceholder.set(placeholder(form), form.text);
    }
    for (const { name, value } of kept)
      if (String(Number(value)) === value) this.#numbers.set(Number(value), name);
    if (this.#forms.length > 0)
      this.#search = new PatternSearch([...this.#byText.keys()].map((text) => Buffer.from(text)));
  }

  /** False when there is nothing to hide, so that callers may skip work altogether. */
  get active(): boolean {
    return this.#search !== undefined;
  }

  /** The text with every secret, in any of its forms, replaced by `***`; secrets that overlap share one. */
  text(text: string): string {
    const matches = this.#find(text);
    if (matches.length === 0) return text;
    let shown = '';
    let covered = 0;
    for (const { start, end } of matches) {
      if (start >= covered) shown += text.slice(covered, start) + MASK;
      covered = Math.max(covered, end);
    }
    return shown + text.slice(covered);
  }

  /** The same for all texts (and keys) in a value; a number that is a secret becomes `***`. Unchanged parts are shared, not copied. */
  json<T extends Json>(value: T): T;
  json(value: Json): Json {
    if (!this.active) return value;
    return mapTexts(
      value,
      (text) => this.text(text),
      (number) => (this.#numbers.has(number) ? MASK : number),
    );
  }

  /** For a stream of bytes; use one for each stream. Costs nothing when there is no secret. */
  stream(): RedactedStream {
    return this.#search === undefined ? passThrough : new RedactingStream(this.#search, MASK);
  }

  /** The value as it may be stored: secrets are replaced by placeholders that {@link unseal} turns back. */
  seal<T extends Json>(value: T): T;
  seal(value: Json): Json {
    return mapTexts(
      value,
      (text) => this.#sealText(text),
      (number) => {
        const name = this.#numbers.get(number);
        return name === undefined ? number : placeholder({ name, form: 'number' });
      },
    );
  }

  /** The stored value with its secrets put back. Placeholders of secrets that are not known stay. */
  unseal<T extends Json>(value: T): T;
  unseal(value: Json): Json {
    return mapTexts(
      value,
      (text) => this.#unsealText(text),
      (number) => number,
    );
  }

  /** Names of the secrets a stored value needs and this redactor does not know. */
  missing(value: Json): string[] {
    const names = new Set<string>();
    mapTexts(
      value,
      (text) => {
        for (const [whole, name = ''] of text.includes(OPEN) ? text.matchAll(PLACEHOLDER) : []) {
          if (name !== '' && this.#valueOf(whole) === undefined) names.add(decodeURIComponent(name));
        }
        return text;
      },
      (number) => number,
    );
    return [...names];
  }

  #sealText(text: string): string {
    const matches = this.#find(text);
    if (matches.length === 0) return escapeLiteral(text);
    let sealed = '';
    let covered = 0;
    for (const { start, end, form } of matches) {
      if (end <= covered) continue;
      if (start >= covered) sealed += escapeLiteral(text.slice(covered, start)) + placeholder(form);
      else sealed += placeholder(form, covered - start);
      covered = end;
    }
    return sealed + escapeLiteral(text.slice(covered));
  }

  #unsealText(text: string): Json {
    if (!text.includes(OPEN)) return text;
    const whole = this.#numberOf(text);
    if (whole !== undefined) return whole;
    return text.replaceAll(PLACEHOLDER, (found) => this.#valueOf(found) ?? found);
  }

  #valueOf(found: string): string | undefined {
    if (found === OPEN + CLOSE) return OPEN;
    const from = /@(\d+)\u27e7$/.exec(found);
    if (from === null) return this.#byPlaceholder.get(found);
    return this.#byPlaceholder.get(found.slice(0, from.index) + CLOSE)?.slice(Number(from[1]));
  }

  #numberOf(text: string): number | undefined {
    for (const [number, name] of this.#numbers)
      if (text === placeholder({ name, form: 'number' })) return number;
    return undefined;
  }

  /** Occurrences by start, the longest of each start; overlapping ones too. */
  #find(text: string): { start: number; end: number; form: SecretForm }[] {
    if (this.#search === undefined || text.length < 3 || !this.#search.has(Buffer.from(text))) return [];
    this.#pattern ??= alternation([...this.#byText.keys()]);
    const matches: { start: number; end: number; form: SecretForm }[] = [];
    this.#pattern.lastIndex = 0;
    for (let found = this.#pattern.exec(text); found !== null; found = this.#pattern.exec(text)) {
      const form = this.#byText.get(found[0]);
      if (form !== undefined) matches.push({ start: found.index, end: found.index + found[0].length, form });
      this.#pattern.lastIndex = found.index + 1;
    }
    return matches;
  }
}

function leavesOf(name: string, value: Json): { name: string; value: string }[] {
  if (value === null || typeof value === 'boolean') return [];
  if (typeof value === 'object')
    return Object.entries(value).flatMap(([key, part]) => leavesOf(`${name}.${key}`, part));
  return [{ name, value: String(value) }];
}

function placeholder(form: { name: string; form: string }, from = 0): string {
  // encodeURIComponent keeps ":" "@" and the closing bracket out of names.
  const parts =
    form.form === '' ? encodeURIComponent(form.name) : `${encodeURIComponent(form.name)}:${form.form}`;
  return `${OPEN}${parts}${from === 0 ? '' : `@${from}`}${CLOSE}`;
}

/** A text that looks like a placeholder already must not become a secret when it is read back. */
function escapeLiteral(text: string): string {
  return text.includes(OPEN) ? text.replaceAll(OPEN, OPEN + CLOSE) : text;
}

function alternation(texts: readonly string[]): RegExp {
  const longestFirst = [...texts].sort((a, b) => b.length - a.length);
  return new RegExp(
    longestFirst.map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`)).join('|'),
    'g',
  );
}

/** Maps every text and key; returns the very same object when nothing changed. */
function mapTexts(value: Json, onText: (text: string) => Json, onNumber: (number: number) => Json): Json {
  if (typeof value === 'string') return onText(value);
  if (typeof value === 'number') return onNumber(value);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const mapped = value.map((part) => mapTexts(part, onText, onNumber));
    return mapped.some((part, index) => part !== value[index]) ? mapped : value;
  }
  let changed = false;
  const entries = Object.entries(value).map(([key, part]): [string, Json] => {
    const newKey = String(onText(key));
    const newPart = mapTexts(part, onText, onNumber);
    changed ||= newKey !== key || newPart !== part;
    return [newKey, newPart];
  });
  return changed ? Object.fromEntries(entries) : value;
}
