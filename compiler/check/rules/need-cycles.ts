/** No step waits for itself, through `needs` or through references. Each cycle is reported once, as a path. */
import { BLOCK_NAMES } from '../../plan.ts';
import type { CheckContext } from '../context.ts';
import type { StepFacts } from '../facts.ts';
import type { ImpliedNeed } from '../implied-needs.ts';
import { referenceSpan } from '../reference-span.ts';

interface Edge {
  to: StepFacts;
  /** The reference that makes the edge; absent for one written in `needs`. */
  implied?: ImpliedNeed;
}

export function needCycles(context: CheckContext): void {
  for (const block of BLOCK_NAMES) {
    const edges = (step: StepFacts): Edge[] => edgesOf(context, step, context.implied.get(step) ?? []);
    for (const cycle of findCycles(context.facts.blocks[block], edges)) reportCycle(context, cycle);
  }
}

function edgesOf({ facts }: CheckContext, step: StepFacts, implied: readonly ImpliedNeed[]): Edge[] {
  const ids = facts.ids[step.block];
  const written = step.needs.flatMap((need) => {
    const to = ids.get(need.id);
    return to === undefined || to === step ? [] : [{ to }];
  });
  const read = implied.flatMap((need) => {
    const to = ids.get(need.id);
    return to === undefined || to === step ? [] : [{ to, implied: need }];
  });
  return [...written, ...read];
}

type Hop = Edge & { from: StepFacts };

/** Depth first with its own stack, so that a chain of 20,000 steps is no problem. Gives one cycle for each back edge met. */
function findCycles(steps: readonly StepFacts[], edgesFrom: (step: StepFacts) => Edge[]): Hop[][] {
  const state = new Map<StepFacts, 'open' | 'done'>();
  const cycles: Hop[][] = [];
  for (const start of steps) {
    if (state.has(start)) continue;
    const stack: { step: StepFacts; edges: Edge[]; next: number }[] = [
      { step: start, edges: edgesFrom(start), next: 0 },
    ];
    state.set(start, 'open');
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const edge = top.edges[top.next++];
      if (edge === undefined) {
        state.set(top.step, 'done');
        stack.pop();
      } else if (state.get(edge.to) === 'open') {
        const from = stack.findIndex((frame) => frame.step === edge.to);
        cycles.push(stack.slice(from).flatMap((frame) => hopOf(frame.step, frame.edges[frame.next - 1])));
      } else if (!state.has(edge.to)) {
        state.set(edge.to, 'open');
        stack.push({ step: edge.to, edges: edgesFrom(edge.to), next: 0 });
      }
    }
  }
  return cycles;
}

function hopOf(from: StepFacts, edge: Edge | undefined): Hop[] {
  return edge === undefined ? [] : [{ ...edge, from }];
}

/** Shown at most; longer cycles are abridged in the middle. */
const MAX_SHOWN = 12;

function reportCycle({ doc, report }: CheckContext, cycle: readonly Hop[]): void {
  const ids = [...cycle.map((hop) => hop.from.id ?? '?'), cycle[0]?.from.id ?? '?'];
  const shown =
    ids.length <= MAX_SHOWN
      ? ids
      : [...ids.slice(0, MAX_SHOWN - 3), `… ${ids.length - MAX_SHOWN + 1} more …`, ...ids.slice(-2)];
  const through = cycle.filter((hop) => hop.implied !== undefined);
  const last = through.at(-1) ?? cycle.at(-1);
  if (last === undefined) return;
  const reasons = through
    .slice(0, 3)
    .map((hop) => `"${hop.from.id}" reads steps.${hop.to.id} in "${hop.implied?.site.field}"`);
  const need = last.from.needs.find((each) => each.id === last.to.id);
  report({
    code: 'NEED_CYCLE',
    span:
      last.implied === undefined
        ? (need?.node.span ?? last.from.node.span)
        : referenceSpan(doc.source, last.implied),
    path: last.implied?.site.path ?? need?.path ?? last.from.path,
    message: `these steps wait for each other: ${shown.join(' → ')}`,
    hint: reasons.length === 0 ? undefined : `${reasons.join(', ')}; a reference makes a step wait`,
  });
}
