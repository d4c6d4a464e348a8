/** What a search makes depart from "everything succeeds": sets of failures and the like, those that show most first. */
import type { StepNode } from './block-graph.ts';
import type { Script } from './simulate.ts';

export interface Deviation {
  id: string;
  how: 'fails' | 'skips' | 'unmet' | 'times out';
}

/** Steps near the question that are made to depart from success, one or two at a time; and joins whose branches are, in rows. */
const MAX_SINGLE = 60;
const MAX_PAIRED = 12;
const MAX_ROWED = 8;

export interface DeviationLimits {
  /** Steps whose ends matter most: they are made to depart from success first. */
  suspects?: readonly string[];
  /** The least and most deviations to try. @default 0 to 2 */
  deviations?: { min?: number; max?: number };
  /** Steps that begin and do not end. */
  pending?: readonly string[];
}

/**
 * Sets of deviations: none, one near the question, the branches of a join, two.
 * @param all the steps that take part
 * @param main those of them that are main steps
 */
export function* deviationSets(
  all: readonly StepNode[],
  main: readonly StepNode[],
  { deviations: { min = 0, max = 2 } = {}, suspects = [] }: DeviationLimits,
): Generator<readonly Deviation[]> {
  if (min === 0) yield [];
  if (max < 1) return;
  const first = new Set(suspects);
  const suspected: Deviation[] = all.filter(({ id }) => first.has(id)).flatMap(deviationsOf);
  for (const one of suspected) yield [one];
  const others: Deviation[] = [];
  for (let at = all.length - 1; at >= 0 && suspected.length + others.length < MAX_SINGLE; at--)
    if (!first.has(all[at]!.id)) others.push(...deviationsOf(all[at]!));
  // What goes wrong although nothing fails says most.
  for (const one of others) if (one.how !== 'fails') yield [one];
  const [nearest, ...further] = max < 2 ? [] : rows(main);
  if (nearest !== undefined) yield* nearest;
  for (const one of others) if (one.how === 'fails') yield [one];
  for (const row of further) yield* row;
  if (max >= 2) yield* pairs([...suspected, ...others].slice(0, MAX_PAIRED));
}

function* pairs(few: readonly Deviation[]): Generator<readonly Deviation[]> {
  for (const [at, one] of few.entries())
    for (const other of few.slice(at + 1)) if (other.id !== one.id) yield [one, other];
}

function deviationsOf(node: StepNode): Deviation[] {
  const { id } = node;
  return [
    ...(node.canFail ? [{ id, how: 'fails' as const }] : []),
    ...(node.canSkip ? [{ id, how: 'skips' as const }] : []),
    ...(node.condition !== undefined ? [{ id, how: 'unmet' as const }] : []),
    ...(node.join?.timeoutMs !== undefined ? [{ id, how: 'times out' as const }] : []),
  ];
}

/** For each join, the nearest first: two of its branches fail, three of them, four, … all. */
function rows(nodes: readonly StepNode[]): Generator<readonly Deviation[]>[] {
  const byIndex = new Map(nodes.map((node) => [node.index, node]));
  const joins = nodes.filter(({ join }) => join !== undefined).slice(-MAX_ROWED);
  return joins.reverse().map(function* ({ needs }) {
    const row = needs.flatMap((need) => deviationsOf(byIndex.get(need)!).slice(0, 1));
    for (let length = 2; length <= row.length; length++) yield row.slice(0, length);
  });
}

export function scriptOf(
  world: Script['world'],
  deviations: readonly Deviation[],
  { order, pending = [] }: { order: Script['order']; pending?: readonly string[] },
): Script {
  const ids = (how: Deviation['how']): string[] =>
    deviations.filter((each) => each.how === how).map(({ id }) => id);
  return {
    world,
    order,
    ends: new Map([
      ...ids('fails').map((id) => [id, 'failed'] as const),
      ...ids('skips').map((id) => [id, 'skipped'] as const),
    ]),
    unmet: new Set(ids('unmet')),
    timedOut: new Set(ids('times out')),
    pending: new Set(pending),
  };
}
