/** What expressions refer to, without evaluating them: the source of implied needs and of checks for names. */
import type { Json } from '../json.ts';
import { childrenOf, type Node } from './ast.ts';
import { type Located, parseExpressionText, parseTemplateText } from './source.ts';
import { TRANSFORMS } from './transforms/index.ts';

export interface Reference {
  /** The first name, such as `steps`. */
  root: string;
  /** What follows, as far as it is written out: `steps.build.output[0][inputs.key]` gives `['build', 'output', 0]`. */
  path: (string | number)[];
  /** Offsets in the text given; in the string that holds it when objects or arrays were given. */
  start: number;
  end: number;
  /** It stands in `default` or `coalesce`, where nothing has to be there. */
  optional?: true;
  /** Of code which declares that name somewhere, so that it may be its own: nothing is reported of it. */
  maybe?: true;
}

/**
 * References of all templates in a value, in source order.
 * @param options.expression the value is a text that is an expression even without `${{ }}` around it
 * @throws {ExpressionError} for the first expression that cannot be parsed
 */
export function referencesOf(value: Json | string, options: { expression?: boolean } = {}): Reference[] {
  if (typeof value === 'string') {
    return (options.expression ? [parseExpressionText(value)] : parseTemplateText(value)).flatMap(
      referencesIn,
    );
  }
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap((item) => referencesOf(item, options));
}

/** Whether an `if` looks at statuses itself (`always()`, `failure()` …), so that the default rule does not apply. */
export function usesStatusFunction(text: string): boolean {
  const { parsed } = parseExpressionText(text);
  return someNode(parsed.root, (node) => node.kind === 'call' && TRANSFORMS.get(node.name)?.status === true);
}

function referencesIn({ parsed, start }: Located): Reference[] {
  const found: Reference[] = [];
  collect(parsed.root, found);
  return found.map((reference) => ({
    ...reference,
    start: reference.start + start,
    end: reference.end + start,
  }));
}

function collect(node: Node, found: Reference[]): void {
  const path = writtenPath(node);
  if (path) {
    found.push(path);
    return;
  }
  if (node.kind !== 'member' && node.kind !== 'index') {
    const before = found.length;
    for (const child of childrenOf(node)) collect(child, found);
    if (node.kind === 'call' && TRANSFORMS.get(node.name)?.lazy === true)
      for (const reference of found.slice(before)) reference.optional = true;
    return;
  }
  collect(node.object, found);
  if (node.kind === 'index') collect(node.key, found);
}

/** The node as a path of names and literal keys; undefined when it is something else or holds a computed key. */
function writtenPath(node: Node): Reference | undefined {
  if (node.kind === 'name') return { root: node.name, path: [], start: node.start, end: node.end };
  if (node.kind !== 'member' && node.kind !== 'index') return undefined;
  const key = node.kind === 'member' ? node.name : node.key.kind === 'literal' ? node.key.value : undefined;
  if (typeof key !== 'string' && typeof key !== 'number') return undefined;
  const object = writtenPath(node.object);
  return object && { ...object, path: [...object.path, key], end: node.end };
}

function someNode(node: Node, test: (node: Node) => boolean): boolean {
  return test(node) || childrenOf(node).some((child) => someNode(child, test));
}
