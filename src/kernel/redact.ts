/**
 * Knows the secrets of a run and keeps them out of everything shown (`***`) and everything stored (a placeholder that
 * can be turned back when the run goes on and the secrets are given again).
 */
import type { Json } from './json.ts';
import { mapTexts } from './map-texts.ts';
import { findCuts } from './redact-cut.ts';
import { isTooCommon, type SecretForm, SHORTEST_SECRET, secretForms } from './redact-forms.ts';
import { leavesOf, type SecretLeaf } from './redact-leaves.ts';
import {
  escapeLiteral,
  fillPlaceholders,
  MASK,
  type Placeholder,
  placeholderOf,
  secretsIn,
  wholePlaceholder,
} from './redact-placeholder.ts';
import { type ByteMatch, PatternSearch } from './redact-search.ts';
import { type RedactedStream, RedactingStream, type Searching } from './redact-stream.ts';

export { holdsSecret, MASK, maskPlaceholders, renameSecrets, secretsIn } from './redact-placeholder.ts';

/** A secret and its value; its parts, if it has any, are called `name.key`. */
export type NamedSecret = readonly [name: string, value: Json];

interface Match {
  start: number;
  end: number;
  form: SecretForm;
  /** Characters of the form, when it is not the whole. */
  from?: number;
  to?: number;
}

export class Redactor {
  readonly #given: NamedSecret[] = [];
  readonly #leaves: SecretLeaf[] = [];
  #forms: SecretForm[] = [];
  /** By text, for seal; by placeholder, for unseal. */
  readonly #byText = new Map<string, SecretForm>();
  readonly #byPlaceholder = new Map<string, string>();
  readonly #numbers = new Map<number, string>();
  /** Shared by all streams, so that they know what was learned since they began. */
  readonly #searching: Searching = { search: undefined };

  /** @param secrets where two have the same value, the name of the first stands for it. */
  constructor(secrets: Iterable<NamedSecret> = []) {
    this.learn(secrets);
  }

  /** From now on these are secrets too. Names known already keep their value. */
  learn(secrets: Iterable<NamedSecret>): void {
    const known = new Set(this.#given.map(([name]) => name));
    const unknown = [...secrets].filter(([name]) => !known.has(name));
    this.#given.push(...unknown);
    const leaves = unknown.flatMap(([name, value]) => leavesOf(name, value));
    this.#leaves.push(...leaves);
    const kept = leaves.filter(({ value }) => !isTooCommon(value));
    if (kept.length === 0) return;
    for (const { name, value } of kept) {
      for (const form of secretForms(name, value)) {
        this.#byPlaceholder.set(placeholderOf(form), form.text);
        if (this.#byText.has(form.text)) continue;
        this.#byText.set(form.text, form);
        this.#forms.push(form);
      }
      if (String(Number(value)) === value && !this.#numbers.has(Number(value)))
        this.#numbers.set(Number(value), name);
    }
    this.#searching.search = new PatternSearch(this.#forms.map(({ text }) => Buffer.from(text)));
    this.#searching.last = undefined;
  }

  /** Everything it was given: for the redactor of another run that gets to see some of it. */
  get secrets(): readonly NamedSecret[] {
    return this.#given;
  }

  /** The texts it hides, as they are. */
  get texts(): readonly string[] {
    return this.#leaves.filter(({ value }) => !isTooCommon(value)).map(({ value }) => value);
  }

  /** Names of secrets that are too short or too common to be hidden: tell the user. */
  get unprotected(): readonly string[] {
    return this.#leaves
      .filter(({ value, isPart }) => !isPart && value !== '' && isTooCommon(value))
      .map(({ name }) => name);
  }

  /** False when there is nothing to hide, so that callers may skip work altogether. */
  get active(): boolean {
    return this.#searching.search !== undefined;
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

  /** For a stream of bytes; use one for each stream, and do not change chunks once they are pushed. Costs next to nothing when there is no secret. */
  stream(): RedactedStream {
    return new RedactingStream(this.#searching, MASK);
  }

  /** The value as it may be stored: secrets are replaced by placeholders that {@link unseal} turns back. */
  seal<T extends Json>(value: T): T;
  seal(value: Json): Json {
    return mapTexts(
      value,
      (text) => this.#sealText(text),
      (number) => {
        const name = this.#numbers.get(number);
        return name === undefined ? number : placeholderOf({ name, form: 'number' });
      },
    );
  }

  /**
   * The stored value with its secrets put back.
   * @param unknown what secrets that are not known become. @default their placeholders stay
   */
  unseal<T extends Json>(value: T, unknown?: string): T;
  unseal(value: Json, unknown?: string): Json {
    const fill = (placeholder: Placeholder) => this.#valueOf(placeholder) ?? unknown;
    return mapTexts(
      value,
      (text) => this.#numberOf(text) ?? fillPlaceholders(text, fill),
      (number) => number,
    );
  }

  /** Names of the secrets a stored value needs and this redactor does not know. */
  missing(value: Json): string[] {
    const known = new Set(this.#leaves.map(({ name }) => name));
    return [...secretsIn(value)].filter((name) => !known.has(name));
  }

  #sealText(text: string): string {
    const matches = this.#find(text);
    if (matches.length === 0) return escapeLiteral(text);
    let sealed = '';
    let covered = 0;
    for (const { start, end, form, from = 0, to } of matches) {
      if (end <= covered) continue;
      const { name } = form;
      const part = { name, form: form.form, ...(to !== undefined && { to }) };
      if (start >= covered)
        sealed += escapeLiteral(text.slice(covered, start)) + placeholderOf({ ...part, from });
      else sealed += placeholderOf({ ...part, from: from + covered - start });
      covered = end;
    }
    return sealed + escapeLiteral(text.slice(covered));
  }

  #valueOf({ name, form, from, to }: Placeholder): string | undefined {
    return this.#byPlaceholder.get(placeholderOf({ name, form }))?.slice(from, to);
  }

  #numberOf(text: string): number | undefined {
    const whole = wholePlaceholder(text);
    if (whole?.form !== 'number') return undefined;
    for (const [number, name] of this.#numbers) if (name === whole.name) return number;
    return undefined;
  }

  /** Occurrences by start, the longest of each start first; overlapping ones too. */
  #find(text: string): Match[] {
    const { search } = this.#searching;
    if (search === undefined || text.length < SHORTEST_SECRET) return [];
    const bytes = Buffer.from(text);
    const matches: Match[] = inCharacters(bytes, text, search.find(bytes).matches).flatMap((match) => {
      const form = this.#forms[match.pattern];
      return form === undefined ? [] : [{ ...match, form }];
    });
    const cuts = text.includes('\u2026') || text.includes('...') ? findCuts(text, this.#forms) : [];
    return cuts.length === 0
      ? matches
      : [...matches, ...cuts].sort((a, b) => a.start - b.start || b.end - a.end);
  }
}

/** Offsets of bytes as offsets of the text they are the UTF-8 of. */
function inCharacters(bytes: Buffer, text: string, matches: ByteMatch[]): ByteMatch[] {
  if (matches.length === 0 || bytes.length === text.length) return matches;
  let byte = 0;
  let char = 0;
  return matches.map(({ start, end, pattern }) => {
    char += bytes.toString('utf8', byte, start).length;
    byte = start;
    return { start: char, end: char + bytes.toString('utf8', start, end).length, pattern };
  });
}
