/** The ways a secret may show up in output: as it is, line by line, and in the encodings programs commonly print. */

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
  add('trimmed', value.trim(), SHORTEST_SECRET);
  const lines = value.split(/\r?\n/);
  if (lines.length > 1) for (const [index, line] of lines.entries()) add(`line.${index}`, line.trim());
  addEscapes(value, add);
  addBase64(value, add);
  const hex = Buffer.from(value).toString('hex');
  add('hex', hex);
  add('hex.upper', hex.toUpperCase());
  return [...forms].map(([text, form]) => ({ name, form, text }));
}

type Add = (form: string, text: string, shortest?: number) => void;

function addEscapes(value: string, add: Add): void {
  const json = JSON.stringify(value).slice(1, -1);
  add('json', json);
  add(
    'json.ascii',
    json.replaceAll(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
  // By way of bytes, because encodeURIComponent throws on half a surrogate pair.
  const url = encodeURIComponent(Buffer.from(value).toString());
  const strict = url.replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  add('url', url);
  add('url.strict', strict);
  add(
    'url.lower',
    url.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
  );
  add('form', strict.replaceAll('%20', '+'));
  add('shell', value.replaceAll("'", "'\\''"));
  add(
    'html',
    value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
  );
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
