/** The `yaml` library's nodes → SourceNodes: aliases shared, `<<` merged, keys made text, everything JSON cannot hold refused. */
import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Range,
  Scalar,
  type YAMLMap,
} from 'yaml';
import type { Span } from '../plan.ts';
import {
  childPath,
  type ScalarStyle,
  type SourceEntry,
  type SourceMap,
  type SourceNode,
} from './source-doc.ts';

/** Nodes a document may have once every alias is written out. */
export const MAX_EXPANDED_NODES = 500_000;
/** Lists and maps within each other, aliases written out. */
export const MAX_DEPTH = 200;

export type ReadProblem = (problem: {
  code: string;
  span: Span;
  message: string;
  path: string;
  hint?: string;
}) => void;

const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__']);
const CORE_TAG = /^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq|merge)$/;

const STYLES: Partial<Record<string, ScalarStyle>> = {
  [Scalar.PLAIN]: 'plain',
  [Scalar.QUOTE_SINGLE]: 'single',
  [Scalar.QUOTE_DOUBLE]: 'double',
  [Scalar.BLOCK_LITERAL]: 'literal',
  [Scalar.BLOCK_FOLDED]: 'folded',
};

/** Converts one composed document; what was wrong with it goes to `report`. Undefined when it is too large to look at. */
export function convertDocument(document: Document.Parsed, report: ReadProblem): SourceNode | undefined {
  const converter = new Converter(report, anchorsOf(document));
  const root = converter.node(document.contents, '', { start: 0, end: 0 });
  if (converter.excess === undefined) return root;
  report(converter.excess);
  return undefined;
}

/** Every node that is an alias's target; resolved in document order, so that a redefined anchor means its latest definition. */
function anchorsOf(document: Document.Parsed): Map<Node, Node> {
  const targets = new Map<Node, Node>();
  const latest = new Map<string, Node>();
  const stack: unknown[] = [document.contents];
  while (stack.length > 0) {
    const node = stack.pop();
    if (isAlias(node)) {
      const target = latest.get(node.source);
      if (target !== undefined) targets.set(node, target);
      continue;
    }
    if (isMap(node) || isSeq(node) || isScalar(node)) {
      if (node.anchor !== undefined) latest.set(node.anchor, node);
    }
    if (isMap(node)) {
      for (let i = node.items.length - 1; i >= 0; i--) stack.push(node.items[i]?.value, node.items[i]?.key);
    } else if (isSeq(node)) {
      for (let i = node.items.length - 1; i >= 0; i--) stack.push(node.items[i]);
    }
  }
  return targets;
}

class Converter {
  readonly #report: ReadProblem;
  readonly #targets: Map<Node, Node>;
  readonly #done = new Map<Node, SourceNode>();
  readonly #open = new Set<Node>();
  readonly #measures = new Map<SourceNode, { size: number; depth: number }>();
  /** The first node that is too large or too deep. */
  excess: Parameters<ReadProblem>[0] | undefined;

  constructor(report: ReadProblem, targets: Map<Node, Node>) {
    this.#report = report;
    this.#targets = targets;
  }

  /** `fallback` is where an absent or empty value is shown: its key. */
  node(node: unknown, path: string, fallback: Span): SourceNode {
    if (isAlias(node)) return this.#alias(node, path, fallback);
    if (isMap(node) || isSeq(node) || isScalar(node)) {
      const known = this.#done.get(node);
      if (known !== undefined) return known;
      this.#open.add(node);
      const made = this.#make(node, path, fallback);
      this.#open.delete(node);
      this.#measure(made);
      this.#done.set(node, made);
      return made;
    }
    return { type: 'scalar', span: fallback, value: null, style: 'plain' };
  }

  #alias(node: Node & { source: string }, path: string, fallback: Span): SourceNode {
    const span = spanOf(node, fallback);
    const target = this.#targets.get(node);
    const problem =
      target === undefined
        ? `"*${node.source}" has no anchor "&${node.source}" before it`
        : this.#open.has(target)
          ? `"*${node.source}" is inside what it refers to`
          : undefined;
    if (target !== undefined && problem === undefined) return this.node(target, path, fallback);
    this.#report({ code: 'YAML_ALIAS', span, path, message: problem ?? 'unknown alias' });
    return { type: 'scalar', span, value: null, style: 'plain' };
  }

  #make(node: Node, path: string, fallback: Span): SourceNode {
    const span = spanOf(node, fallback);
    const foreign = node.tag !== undefined && !CORE_TAG.test(node.tag);
    if (foreign) {
      this.#report({
        code: 'YAML_TAG',
        span,
        path,
        message: `the tag "${node.tag?.replace('tag:yaml.org,2002:', '!!')}" is not supported; values are plain JSON`,
      });
    }
    if (isMap(node)) return this.#map(node, span, path);
    if (isSeq(node)) {
      const items = node.items.map((item, index) => this.node(item, childPath(path, index), span));
      return { type: 'seq', span, items };
    }
    if (!isScalar(node) || foreign) return { type: 'scalar', span, value: null, style: 'plain' };
    return this.#scalar(node, span, path);
  }

  #scalar(node: Scalar, span: Span, path: string): SourceNode {
    const value = node.value;
    const style = STYLES[node.type ?? Scalar.PLAIN] ?? 'plain';
    if (value === null || typeof value === 'string' || typeof value === 'boolean') {
      return { type: 'scalar', span, value, style };
    }
    if (typeof value === 'number' && Number.isFinite(value)) return { type: 'scalar', span, value, style };
    this.#report({
      code: 'YAML_VALUE',
      span,
      path,
      message: `${node.source ?? String(value)} is not a JSON value`,
      hint: 'quote it if it is meant as text',
    });
    return { type: 'scalar', span, value: null, style };
  }

  #map(node: YAMLMap, span: Span, path: string): SourceMap {
    const merged: SourceEntry[] = [];
    const own = new Map<string, SourceEntry>();
    for (const pair of node.items) {
      const entry = isMergeKey(pair) ? undefined : this.#entry(pair, path, span);
      if (isMergeKey(pair)) this.#merge(pair.value, path, spanOf(pair.key, span), merged);
      if (entry === undefined) continue;
      if (own.has(entry.key)) {
        this.#report({
          code: 'DUPLICATE_KEY',
          span: entry.keySpan,
          path: childPath(path, entry.key),
          message: `"${entry.key}" is given twice in the same map`,
        });
      } else {
        own.set(entry.key, entry);
      }
    }
    if (merged.length === 0) return { type: 'map', span, entries: own };
    const entries = new Map<string, SourceEntry>();
    for (const entry of merged) if (!entries.has(entry.key)) entries.set(entry.key, entry);
    for (const [key, entry] of own) entries.set(key, entry);
    return { type: 'map', span, entries };
  }

  #merge(value: unknown, path: string, fallback: Span, into: SourceEntry[]): void {
    const made = this.node(value, path, fallback);
    const parts = made.type === 'seq' ? made.items : [made];
    for (const part of parts) {
      if (part.type === 'map') for (const entry of part.entries.values()) into.push(entry);
      else
        this.#report({
          code: 'YAML_MERGE',
          span: part.span,
          path,
          message: '"<<" merges maps; this is not a map',
        });
    }
  }

  #entry(pair: Pair, path: string, mapSpan: Span): SourceEntry | undefined {
    const keySpan = spanOf(pair.key, mapSpan);
    const key = isAlias(pair.key) ? this.#targets.get(pair.key) : pair.key;
    const text = isScalar(key) && key.value !== null ? keyText(key) : undefined;
    if (text === undefined || FORBIDDEN_KEYS.has(text)) {
      const shown = text === undefined ? 'this key' : `"${text}"`;
      this.#report({
        code: 'YAML_KEY',
        span: keySpan,
        path,
        message: `${shown} cannot be a key; keys are plain text`,
      });
      return undefined;
    }
    return { key: text, keySpan, value: this.node(pair.value, childPath(path, text), keySpan) };
  }

  /** Adds up a node whose parts have been added up; linear, however often aliases repeat them. */
  #measure(node: SourceNode): void {
    if (node.type === 'scalar') return;
    const parts = node.type === 'seq' ? node.items : [...node.entries.values()].map((entry) => entry.value);
    let size = 1;
    let depth = 0;
    for (const part of parts) {
      const measured = this.#measures.get(part) ?? { size: 1, depth: 0 };
      size += measured.size;
      depth = Math.max(depth, measured.depth);
    }
    this.#measures.set(node, { size, depth: depth + 1 });
    const at = { span: node.span, path: '' };
    if (depth >= MAX_DEPTH) {
      const message = `lists and maps are nested more than ${MAX_DEPTH} deep`;
      this.excess ??= { ...at, code: 'YAML_TOO_DEEP', message };
    } else if (size > MAX_EXPANDED_NODES) {
      const limit = MAX_EXPANDED_NODES.toLocaleString('en');
      const message = `the file holds more than ${limit} values once its aliases are written out`;
      this.excess ??= { ...at, code: 'YAML_TOO_MANY_VALUES', message };
    }
  }
}

function isMergeKey(pair: Pair): boolean {
  return isScalar(pair.key) && pair.key.type === Scalar.PLAIN && pair.key.source === '<<';
}

function keyText(key: Scalar): string {
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
}

/** The library lets a block map or list end after its last line break; here it ends with its last value. */
function lastEnd(node: unknown): number | undefined {
  if (!(isMap(node) || isSeq(node)) || node.flow === true) return undefined;
  const last = node.items.at(-1);
  const value = isMap(node) ? pairValue(last) : last;
  return (
    lastEnd(value) ??
    (isScalar(value) || isMap(value) || isSeq(value) || isAlias(value) ? value.range?.[1] : undefined)
  );
}

function pairValue(pair: unknown): unknown {
  return isPair(pair) ? pair.value : undefined;
}

function spanOf(node: unknown, fallback: Span): Span {
  const end = lastEnd(node);
  const range =
    isMap(node) || isSeq(node) || isScalar(node) || isAlias(node) ? rangeOf(node.range) : undefined;
  if (range === undefined || range.start === range.end) return fallback;
  return end === undefined || end <= range.start || end > range.end ? range : { start: range.start, end };
}

function rangeOf(range: Range | null | undefined): Span | undefined {
  return range ? { start: range[0], end: range[1] } : undefined;
}
