/** Mermaid's traps in one place: labels that cannot break out of their quotes, and ids that are no keywords. */
import { printable } from './display-text.ts';

/** Read the same by every mermaid grammar, inside quotes and after colons; everything else is written as `#code;`. */
const PLAIN = /[\p{L}\p{N} ,.()[\]!?'_/+=-]/u;
/** List marks, two dashes and emphasis mean something to mermaid, which reads labels as markdown. */
const MEANS_MORE = /(^[-+=]+|(?<=^\d+)[.)]|--+|\b_+|_+\b)/u;

/** Text for a quoted label or after a colon. Never empty. */
export function mermaidLabel(text: string): string {
  const clean = printable(text);
  if (clean === '') return ' ';
  const coded = (char: string): string => `#${char.codePointAt(0)};`;
  return clean
    .split(MEANS_MORE)
    .map((part, index) =>
      Array.from(part, (char) => (index % 2 === 0 && PLAIN.test(char) ? char : coded(char))).join(''),
    )
    .join('');
}

/** Words that mermaid does not take as an id, in at least one kind of diagram. */
const KEYWORD =
  /^(call|class|classdef|click|default|direction|end|flowchart|graph|href|interpolate|linkstyle|note|root|scale|state|statediagram|style|subgraph)$/i;
/** Ids that mermaid makes itself for the start and end of composite states. */
const MADE = /^(root|stage|steps|errors|finally)_.*(start|end)$/;

/** Gives every thing one id: its own name where mermaid allows, else a prefixed one. */
export class MermaidIds {
  readonly #given = new Map<string, string>();
  readonly #taken = new Set<string>();

  /** @param key Unique name of the thing, such as a ledger path. */
  of(key: string): string {
    const given = this.#given.get(key);
    if (given !== undefined) return given;
    const plain = key.replace(/[^A-Za-z0-9_]+/g, '_');
    const taken = KEYWORD.test(plain) || MADE.test(plain) || !/^[A-Za-z]/.test(plain);
    const safe = taken ? `s_${plain}` : plain;
    let id = safe;
    for (let n = 2; this.#taken.has(id); n++) id = `${safe}_${n}`;
    this.#taken.add(id);
    this.#given.set(key, id);
    return id;
  }
}
