/** What `read/` makes of a workflow text: JSON values whose every node, key and scalar still knows its place in the text. */
import type { Json, JsonObject } from '../json.ts';
import type { Span } from '../plan.ts';

export type SourceNode = SourceMap | SourceSeq | SourceScalar;

export interface SourceEntry {
  key: string;
  keySpan: Span;
  value: SourceNode;
}

export interface SourceMap {
  type: 'map';
  span: Span;
  /** In source order; entries brought in by `<<` come first and are replaced by the map's own. */
  entries: Map<string, SourceEntry>;
}

export interface SourceSeq {
  type: 'seq';
  span: Span;
  items: SourceNode[];
}

export type ScalarStyle = 'plain' | 'single' | 'double' | 'literal' | 'folded';

export interface SourceScalar {
  type: 'scalar';
  /** Of the scalar as written: with quotes, or from the `|` of a block scalar. */
  span: Span;
  value: null | boolean | number | string;
  style: ScalarStyle;
}

export interface SourceDoc {
  source: string;
  root: SourceNode;
}

const jsonOf = new WeakMap<SourceNode, Json>();

/** The node as plain JSON. Nodes shared by aliases share their value. */
export function toJson(node: SourceNode): Json {
  if (node.type === 'scalar') return node.value;
  const known = jsonOf.get(node);
  if (known !== undefined) return known;
  const value: Json =
    node.type === 'seq'
      ? node.items.map(toJson)
      : Object.fromEntries([...node.entries.values()].map((entry) => [entry.key, toJson(entry.value)]));
  jsonOf.set(node, value);
  return value;
}

/** `toJson` of a node known to be a map. */
export function toJsonObject(node: SourceMap): JsonObject {
  return Object.fromEntries([...node.entries.values()].map((entry) => [entry.key, toJson(entry.value)]));
}

/** The value under `key`, when `node` is a map that has it. */
export function child(node: SourceNode | undefined, key: string): SourceNode | undefined {
  return node?.type === 'map' ? node.entries.get(key)?.value : undefined;
}

/** The text of a node that is a string scalar. */
export function textOf(node: SourceNode | undefined): string | undefined {
  return node?.type === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
}

/** `parent.key`, or `parent["odd key"]` when the key is not a plain word. */
export function childPath(parent: string, key: string | number): string {
  if (typeof key === 'number') return `${parent}[${key}]`;
  if (!/^[\w$-]+$/.test(key)) return `${parent}[${JSON.stringify(key)}]`;
  return parent === '' ? key : `${parent}.${key}`;
}

/** Calls `visit` for every scalar below `node`, with its path. */
export function eachScalar(
  node: SourceNode,
  path: string,
  visit: (scalar: SourceScalar, path: string) => void,
): void {
  if (node.type === 'scalar') {
    visit(node, path);
  } else if (node.type === 'seq') {
    node.items.forEach((item, index) => {
      eachScalar(item, childPath(path, index), visit);
    });
  } else {
    for (const entry of node.entries.values()) eachScalar(entry.value, childPath(path, entry.key), visit);
  }
}
