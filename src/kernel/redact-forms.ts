/** The ways a secret may show up in output: as it is, line by line, and in the encodings programs commonly print. */
import { escapesOf } from './redact-escapes.ts';

export interface SecretForm {
  /** Of the secret. */
  name: string;
  /** Which encoding; empty for the value itself. Part of stored placeholders: never rename one. */
  form: string;
  /** What to look for. */
  text: string;
}

/** Shorter values are in any text by chance and would redact half of it; they are not protected. */
export const SHORTEST_SECRET = 3;
/** A line of a multi-line secret is looked for by itself from this length on, and so is an encoded form. */
const SHORTEST_PART = 6;

/** The last line of wrapped base64 is not looked for when it is shorter: short patterns slow the search down. */
const SHORTEST_WRAPPED = 16;

/** Values that are words of every output. A secret that has one of them is not protected. */
const COMMON = new Set(['true', 'false', 'null', 'none', 'undefined', 'yes', 'off', 'default']);

export function isTooCommon(value: string): boolean {
  return value.trim().length < SHORTEST_SECRET || COMMON.has(value.trim().toLowerCase());
}

/** All forms of one secret, the value itself first, without repetitions. */
export function secretForms(name: string, value: string): SecretForm[] {
  const forms = new Map<string, string>();
  const add = (form: string, text: string, shortest = SHORTEST_PART): void => {
    if (text.length >= shortest && !forms.has(text)) forms.set(text, form);
  };
  add('', value, SHORTEST_SECRET);
  // Files and variables often carry a line break that the program using them does not print.
  const trimmed = value.trim();
  add('trimmed', trimmed, SHORTEST_SECRET);
  addEscapes('', value, add);
  if (trimmed !== value) addEscapes('trimmed.', trimmed, add);
  addLines(value, add);
  addBase64(value, add);
  if (trimmed !== value) addBase64(trimmed, (form, text, shortest) => add(`trimmed.${form}`, text, shortest));
  addHex(value, add);
  return [...forms].map(([text, form]) => ({ name, form, text }));
}

type Add = (form: string, text: string, shortest?: number) => void;

function addEscapes(prefix: string, value: string, add: Add): void {
  for (const [form, text] of escapesOf(value)) add(prefix + form, text);
}

/** Of a secret of several lines each by itself: programs number, indent and wrap lines. */
function addLines(value: string, add: Add): void {
  const lines = value.split(/\r?\n/);
  if (lines.length === 1) return;
  for (const [index, line] of lines.entries()) {
    add(`line.${index}`, line.trim());
    addEscapes(`line.${index}.`, line.trim(), add);
  }
}

function addHex(value: string, add: Add): void {
  const hex = Buffer.from(value).toString('hex');
  const pairs = hex.match(/../g) ?? [];
  for (const [form, text] of [
    ['hex', hex],
    ['hex.space', pairs.join(' ')],
    ['hex.colon', pairs.join(':')],
    ['hex.escape', pairs.map((pair) => `\\x${pair}`).join('')],
  ] as const) {
    add(form, text);
    add(
      `${form}.upper`,
      form === 'hex.escape' ? text.toUpperCase().replaceAll('X', 'x') : text.toUpperCase(),
    );
  }
}

/**
 * base64 works on groups of three bytes, so a value inside a longer text looks different at each of three offsets, and
 * its first and last characters mix with its neighbours: those are left out. Long values come wrapped at 64 or 76 columns.
 */
function addBase64(value: string, add: Add): void {
  const bytes = Buffer.from(value);
  for (const offset of [0, 1, 2]) {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replaceAll('=', '');
    const mixedStart = offset === 0 ? 0 : offset + 1;
    const mixedEnd = (offset + bytes.length) % 3 === 0 ? 0 : 1;
    const core = text.slice(mixedStart, text.length - mixedEnd);
    add(`base64.${offset}`, core);
    add(`base64url.${offset}`, core.replaceAll('+', '-').replaceAll('/', '_'));
    if (offset > 0) continue;
    for (const columns of [64, 76]) {
      for (let at = 0; core.length > columns && at < core.length; at += columns) {
        add(`base64.${columns}.${at / columns}`, core.slice(at, at + columns), SHORTEST_WRAPPED);
      }
    }
  }
}
