/** What stands for a secret in stored values: readable without secrets, and turned back by who knows them. */
import type { Json } from './json.ts';
import { mapTexts } from './map-texts.ts';

export const MASK = '***';

/**
 * Begins a placeholder: `⟦secret:name⟧`, `⟦secret:name:form⟧`, either with `@n` for all but the first n characters or `@n-m` for
 * those from n up to m; `⟦secret:⟧` stands for this text itself. Stored: none of it may ever change its meaning.
 */
export const OPEN = '\u27e6secret:';
const CLOSE = '\u27e7';
const PLACEHOLDER = /\u27e6secret:([^\u27e7:@]*)(?::([^\u27e7@]*))?(?:@(\d+)(?:-(\d+))?)?\u27e7/g;

/** A part of one form of a secret. */
export interface Placeholder {
  name: string;
  /** Empty for the value itself. */
  form: string;
  /** First and last (exclusive) character that it stands for; absent: from the beginning, to the end. */
  from?: number;
  to?: number;
}

export function placeholderOf({ name, form, from = 0, to }: Placeholder): string {
  // encodeURIComponent keeps ":" "@" and the closing bracket out of names.
  const which = form === '' ? encodeURIComponent(name) : `${encodeURIComponent(name)}:${form}`;
  const part = to !== undefined ? `@${from}-${to}` : from > 0 ? `@${from}` : '';
  return `${OPEN}${which}${part}${CLOSE}`;
}

/** A text that looks like a placeholder already must not become a secret when it is read back. */
export function escapeLiteral(text: string): string {
  return text.includes(OPEN) ? text.replaceAll(OPEN, OPEN + CLOSE) : text;
}

/** Replaces every placeholder of a text; what `fill` does not know stays. @param literal what the escaped text itself becomes */
export function fillPlaceholders(
  text: string,
  fill: (placeholder: Placeholder) => string | undefined,
  literal = OPEN,
): string {
  if (!text.includes(OPEN)) return text;
  return text.replaceAll(PLACEHOLDER, (found: string, ...groups: (string | undefined)[]) => {
    const placeholder = read(groups);
    return placeholder === undefined ? literal : (fill(placeholder) ?? found);
  });
}

/** The placeholder that a text is as a whole. */
export function wholePlaceholder(text: string): Placeholder | undefined {
  if (!text.startsWith(OPEN)) return undefined;
  const [match] = text.matchAll(PLACEHOLDER);
  return match?.[0] === text ? read(match.slice(1)) : undefined;
}

/** Undefined for the escaped text itself. */
function read([name, form = '', from, to]: (string | undefined)[]): Placeholder | undefined {
  if (name === undefined || name === '') return undefined;
  return {
    name: decodeURIComponent(name),
    form,
    ...(from !== undefined && { from: Number(from) }),
    ...(to !== undefined && { to: Number(to) }),
  };
}

/** A stored value as it may be shown: every placeholder becomes `***`. Needs no secrets. */
export function maskPlaceholders<T extends Json>(value: T): T;
export function maskPlaceholders(value: Json): Json {
  return mapTexts(
    value,
    (text) => fillPlaceholders(text, () => MASK),
    (number) => number,
  );
}

/** Names of the secrets a stored value has in it. */
export function secretsIn(stored: Json): Set<string> {
  const names = new Set<string>();
  mapTexts(
    stored,
    (text) =>
      fillPlaceholders(text, ({ name }) => {
        names.add(name);
        return undefined;
      }),
    (number) => number,
  );
  return names;
}

/** A stored value whose secrets are called otherwise. */
export function renameSecrets<T extends Json>(stored: T, rename: (name: string) => string): T;
export function renameSecrets(stored: Json, rename: (name: string) => string): Json {
  const renamed = (placeholder: Placeholder) =>
    placeholderOf({ ...placeholder, name: rename(placeholder.name) });
  return mapTexts(
    stored,
    (text) => fillPlaceholders(text, renamed, OPEN + CLOSE),
    (number) => number,
  );
}

/** Whether a stored value had a secret in it. */
export const holdsSecret = (stored: Json): boolean => secretsIn(stored).size > 0;
