/** `--format json`: the steps with their statuses, the edges between them, and the emitted definitions, complete, as data. */
import { BLOCK_NAMES, edgesOf } from '#compiler';
import type { GraphModel } from './model.ts';
import { pathOf, stepNodes } from './step-node.ts';

export function jsonGraph(model: GraphModel): string {
  const steps = [...stepNodes(model).values()].map(({ details, marks: _, ...step }) => ({
    ...step,
    details: Object.fromEntries(details),
  }));
  const edges = BLOCK_NAMES.flatMap((block) =>
    edgesOf(model.plan.blocks[block]).edges.map(({ from, to, soft }) => ({
      from: pathOf(block, from),
      to: pathOf(block, to),
      soft,
    })),
  );
  return `${JSON.stringify({ workflow: model.plan.name, steps, edges, statecharts: model.bodies }, undefined, 2)}\n`;
}
