/**
 * What happens to a step when its turn comes, as src/runtime/gate.ts decides it: here over fates instead of a ledger, with
 * every verdict that is possible where a condition is not known.
 */
import { type BlockGraph, quorumOf, type StepNode } from './block-graph.ts';
import type { Fate } from './fate.ts';
import { type PartialScope, partialEvaluate } from './partial-evaluate.ts';
import { truthOf } from './partial-value.ts';
import type { World } from './worlds.ts';

export type Mode = 'open' | 'draining' | 'canceled';

export interface GateView {
  graph: BlockGraph;
  world: World;
  mode: Mode;
  /** Of a step of the same block, or of the main steps seen from another block; undefined: not settled, or open. */
  fateOf(id: string): Fate | undefined;
  keepsOutput(id: string): boolean;
  /** A `cancelRest` join does not wait for it any more. */
  unwanted?: boolean;
}

/** Why each end is possible; more than one only where the condition is not known. */
export interface Verdicts {
  begins?: true;
  settles: { as: Fate; why: string }[];
  /** The condition itself is not known. */
  open: boolean;
}

export function verdictsOf(node: StepNode, view: GateView): Verdicts {
  const settled = (as: Fate, why: string): Verdicts => ({ settles: [{ as, why }], open: false });
  if (view.mode === 'canceled') return settled('canceled', 'the run is failing');
  if (view.unwanted === true) return settled('canceled', 'nobody waits for it any more');
  const fates = node.needs.map((need) => view.fateOf(view.graph.nodes[need]!.id));
  if (!node.asksStatus) {
    const blocked = node.join === undefined ? blockedBy(node, view, fates) : undefined;
    if (blocked !== undefined) return settled(blocked.as, blocked.why);
    if (view.mode === 'draining') return settled('skipped', 'the run is failing');
  }
  if (node.condition === undefined) return admitted(node, view, fates);
  const { value, throws, mayThrow } = partialEvaluate(node.condition, scopeOf(view, fates));
  const whenThrown = (why: string): Verdicts['settles'][number] => ({
    as: node.step.allowFailure ? 'allowed' : 'failed',
    why,
  });
  if (throws !== undefined)
    return { settles: [whenThrown(`its "if" cannot be evaluated: ${throws.path} is null`)], open: false };
  const truth = truthOf(value);
  const result: Verdicts =
    truth === false ? settled('skipped', `if: ${node.step.if} is false`) : admitted(node, view, fates);
  if (truth === undefined) {
    result.open = true;
    result.settles = [...result.settles, { as: 'skipped', why: `if: ${node.step.if} is false` }];
  }
  if (mayThrow) result.settles = [...result.settles, whenThrown('its "if" cannot be evaluated')];
  return result;
}

export function scopeOf(view: GateView, needs: readonly (Fate | undefined)[]): PartialScope {
  return {
    fateOf: (id) => view.fateOf(id),
    valueOf: (path) => view.world.get(path),
    keepsOutput: (id) => view.keepsOutput(id),
    needs,
  };
}

function blockedBy(
  node: StepNode,
  view: GateView,
  fates: readonly (Fate | undefined)[],
): { as: Fate; why: string } | undefined {
  let skipped: string | undefined;
  for (const [at, fate] of fates.entries()) {
    const { id } = view.graph.nodes[node.needs[at]!]!;
    if (fate === 'failed') return { as: 'skipped', why: `${id}, which it needs, failed` };
    if (fate === 'canceled') return { as: 'canceled', why: `${id}, which it needs, was canceled` };
    if (fate === 'skipped') skipped ??= id;
  }
  return skipped === undefined || node.needsJoin
    ? undefined
    : { as: 'skipped', why: `${skipped}, which it needs, was skipped` };
}

function admitted(node: StepNode, view: GateView, fates: readonly (Fate | undefined)[]): Verdicts {
  if (node.join === undefined) return { begins: true, settles: [], open: false };
  return { begins: true, settles: [judged(node, view, fates)], open: false };
}

/** As src/runtime/join.ts judges: needs that have not settled count as pending. */
function judged(
  node: StepNode,
  view: GateView,
  fates: readonly (Fate | undefined)[],
): { as: Fate; why: string } {
  const count = (is: (fate: Fate | undefined) => boolean): number => fates.filter(is).length;
  const met = count((fate) => fate === 'success' || fate === 'allowed');
  const wanted = quorumOf(
    node,
    count((fate) => fate === 'skipped'),
  );
  const decided = isDecided(node, fates);
  if (met >= wanted || (!decided && node.join?.onTimeout === 'partial')) {
    return { as: 'success', why: `${met} of ${wanted} succeeded` };
  }
  const rest = fates.flatMap((fate, at) =>
    fate === 'success' || fate === 'allowed'
      ? []
      : [
          `${view.graph.nodes[node.needs[at]!]!.id} ${fate === 'failed' ? 'failed' : `was ${fate ?? 'pending'}`}`,
        ],
  );
  const what = decided ? 'not met' : 'not met in time';
  return {
    as: node.step.allowFailure ? 'allowed' : 'failed',
    why: `${what}: ${met} of ${wanted} succeeded (${rest.join(', ')})`,
  };
}

/** The condition holds or can no longer hold. */
export function isDecided(node: StepNode, fates: readonly (Fate | undefined)[]): boolean {
  const pending = fates.filter((fate) => fate === undefined).length;
  if (node.join?.condition.type === 'all') return pending === 0;
  const met = fates.filter((fate) => fate === 'success' || fate === 'allowed').length;
  const wanted = quorumOf(node, 0);
  return met >= wanted || met + pending < wanted;
}
