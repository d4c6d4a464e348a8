/**
 * What conditions depend on apart from how steps ended: inputs and outputs that are compared with literals. A world fixes a
 * value for each, so that conditions which exclude one another are seen to. What is not fixed stays unknown.
 */
import { childrenOf, type Node } from '../expr/ast.ts';
import type { Json } from '../json.ts';
import type { Plan } from '../plan.ts';
import type { BlockGraph } from './block-graph.ts';
import { known, type Value, writtenKeys } from './partial-value.ts';

/** Chosen values by written path, such as `inputs.env`. */
export type World = ReadonlyMap<string, Value>;

export interface Worlds {
  all: readonly World[];
  /** Paths that were left unknown because there would be too many worlds. */
  dropped: readonly string[];
}

/** Worlds that are looked at one by one. */
const MAX_WORLDS = 64;

interface Usage {
  literals: (string | number | boolean | null)[];
  /** Used in a way that is not understood: its value must stay unknown. */
  tainted: boolean;
  conditions: Set<Node>;
}

export function worldsOf(plan: Plan, graphs: readonly BlockGraph[]): Worlds {
  const uses = new Map<string, Usage>();
  for (const graph of graphs) {
    for (const { condition } of graph.nodes) {
      if (condition !== undefined) collect(condition, { uses, condition, asTruth: true });
    }
  }
  const atoms = [...uses]
    .map(([path, use]) => ({ path, use, domain: domainOf(plan, path, use) }))
    .filter(({ domain, use }) => domain.values.length > 1 && (domain.exact || use.conditions.size > 1))
    .sort((a, b) => b.use.conditions.size - a.use.conditions.size);
  let all: Map<string, Value>[] = [new Map()];
  const dropped: string[] = [];
  for (const { path, domain } of atoms) {
    if (all.length * domain.values.length > MAX_WORLDS) dropped.push(path);
    else all = all.flatMap((world) => domain.values.map((value) => new Map(world).set(path, value)));
  }
  return { all, dropped };
}

function collect(node: Node, at: { uses: Map<string, Usage>; condition: Node; asTruth: boolean }): void {
  const path = pathOf(node);
  if (path !== undefined) {
    if (at.asTruth) usageOf(path, at);
    else taint(path, at);
    return;
  }
  const isLogic = node.kind === 'binary' && (node.operator === '&&' || node.operator === '||');
  if (isLogic || (node.kind === 'unary' && node.operator === '!')) {
    for (const child of childrenOf(node)) collect(child, { ...at, asTruth: true });
    return;
  }
  if (node.kind === 'binary' && (node.operator === '==' || node.operator === '!=')) {
    if (compare(node.left, node.right, at) || compare(node.right, node.left, at)) return;
  }
  if (node.kind === 'binary' && node.operator === 'in' && node.right.kind === 'list') {
    const among = pathOf(node.left);
    if (among !== undefined && node.right.items.every(({ kind }) => kind === 'literal')) {
      for (const item of node.right.items) compare(node.left, item, at);
      return;
    }
  }
  for (const child of childrenOf(node)) collect(child, { ...at, asTruth: false });
}

function compare(side: Node, other: Node, at: Parameters<typeof collect>[1]): boolean {
  const path = pathOf(side);
  if (path === undefined || other.kind !== 'literal') return false;
  usageOf(path, at).literals.push(other.value);
  return true;
}

function usageOf(path: string, { uses, condition }: Parameters<typeof collect>[1]): Usage {
  const use = uses.get(path) ?? { literals: [], tainted: false, conditions: new Set<Node>() };
  uses.set(path, use);
  use.conditions.add(condition);
  return use;
}

function taint(path: string, at: Parameters<typeof collect>[1]): void {
  usageOf(path, at).tainted = true;
}

/** Paths that can be chosen: an input, or something below a step's output. */
function pathOf(node: Node): string | undefined {
  const keys = writtenKeys(node);
  if (keys === undefined) return undefined;
  const isInput = keys[0] === 'inputs' && keys.length === 2;
  const isOutput = keys[0] === 'steps' && keys.length > 2 && (keys[2] === 'output' || keys[2] === 'outputs');
  return isInput || isOutput ? keys.join('.') : undefined;
}

/** `exact`: the values are all there are, so that even a single condition learns from them. */
function domainOf(plan: Plan, path: string, use: Usage): { values: Value[]; exact: boolean } {
  const listed = listedValues(plan, path);
  if (listed !== undefined) return { values: listed.map(known), exact: true };
  const literals = [...new Set(use.literals)];
  if (use.tainted || !areComparable(literals)) return { values: [], exact: false };
  const others: Value[] = [
    { kind: 'other', path, truthy: true },
    { kind: 'other', path, truthy: false },
  ];
  return { values: [...literals.map(known), ...others], exact: false };
}

function listedValues(plan: Plan, path: string): Json[] | undefined {
  const [root, name = ''] = path.split('.');
  const schema =
    root === 'inputs' && Object.hasOwn(plan.inputs, name) ? plan.inputs[name]?.schema : undefined;
  if (schema === undefined) return undefined;
  if (Array.isArray(schema.enum)) return schema.enum;
  return schema.type === 'boolean' ? [true, false] : undefined;
}

/** Equality converts between types; only where it cannot is "none of these literals" one value. */
function areComparable(literals: readonly unknown[]): boolean {
  const types = new Set(literals.map((literal) => typeof literal));
  if (types.size > 1) return false;
  return !literals.some(
    (literal) =>
      typeof literal !== 'string' ||
      literal.trim() === '' ||
      !Number.isNaN(Number(literal)) ||
      /^(true|false)$/.test(literal),
  );
}

/** For people: `inputs.env is "prod"`. */
export function describeWorld(world: World): string[] {
  return [...world].map(([path, value]) => {
    if (value.kind === 'known') return `${path} is ${JSON.stringify(value.value)}`;
    return `${path} is ${value.kind === 'other' && !value.truthy ? 'empty' : 'none of the values it is compared with'}`;
  });
}
