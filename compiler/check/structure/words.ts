/** Schemas and values in words, for messages. */
import type { SourceNode } from '../../read/source-doc.ts';
import { NOTE } from '../language/notes.ts';
import type { Shape } from './shape.ts';

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  null: 'null',
};

/** What a schema wants: `a whole number`, `a text or a list`. */
export function expectedWords(shape: Shape): string {
  if (shape[NOTE] === 'duration') return 'a duration, such as 10s, 5m or PT15M, or a number of milliseconds';
  if (shape[NOTE] === 'jsonSchema') return 'a JSON Schema: a map, true or false';
  if (shape.const !== undefined) return JSON.stringify(shape.const);
  if (shape.enum !== undefined)
    return `one of ${shape.enum.map((value) => JSON.stringify(value)).join(', ')}`;
  if (shape.anyOf !== undefined) return either([...new Set(shape.anyOf.map(expectedWords))]);
  if (shape.type === undefined) return 'a value';
  const types = typeof shape.type === 'string' ? [shape.type] : shape.type;
  return either(types.map((type) => TYPE_WORDS[type] ?? type));
}

/** `a, b or c`. */
export function either(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join('');
  return `${parts.slice(0, -1).join(', ')} or ${parts.at(-1)}`;
}

/** What the author wrote: `the text "abc"`, `a list`, `empty`. */
export function actualWords(node: SourceNode): string {
  if (node.type === 'map') return 'a map';
  if (node.type === 'seq') return 'a list';
  if (node.value === null) return 'empty';
  if (typeof node.value === 'string') return `the text ${JSON.stringify(shorten(node.value))}`;
  return typeof node.value === 'number' ? `the number ${node.value}` : String(node.value);
}

export function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

export function typeOf(node: SourceNode): string {
  if (node.type === 'map') return 'object';
  if (node.type === 'seq') return 'array';
  return node.value === null ? 'null' : typeof node.value;
}

export function fitsType(node: SourceNode, shape: Shape): boolean {
  if (shape.type === undefined) return true;
  const actual = typeOf(node);
  const types = typeof shape.type === 'string' ? [shape.type] : shape.type;
  return types.some(
    (type) =>
      type === actual ||
      (type === 'integer' &&
        node.type === 'scalar' &&
        typeof node.value === 'number' &&
        Number.isInteger(node.value)),
  );
}
