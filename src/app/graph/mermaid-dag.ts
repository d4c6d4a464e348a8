/** The dag view as a mermaid `flowchart`. */
import type { StepStatus } from '../../store/port.ts';
import type { DagNode, DagView } from './dag.ts';
import { statusClasses } from './mermaid-style.ts';
import { MermaidIds, mermaidLabel } from './mermaid-text.ts';
import { crowdLabel, stepLabel } from './step-label.ts';

/** Mermaid refuses a flowchart with more than 500 edges, and no diagram can lift that. */
const MAX_EDGES = 490;

export function mermaidDag(views: readonly DagView[]): string {
  const ids = new MermaidIds();
  const lines = ['flowchart TD'];
  const styled = new Map<StepStatus, string[]>();
  let left = MAX_EDGES;
  let omitted = 0;
  for (const { block, nodes, edges } of views) {
    const framed = views.length > 1;
    const indent = framed ? '    ' : '  ';
    if (framed) lines.push(`  subgraph ${ids.of(`block ${block}`)} ["${block}"]`);
    for (const node of nodes) {
      const id = ids.of(node.path);
      lines.push(indent + id + shapeOf(node));
      const status = node.step?.status;
      if (status !== undefined) styled.set(status, [...(styled.get(status) ?? []), id]);
    }
    for (const { from, to, soft } of edges.slice(0, left)) {
      lines.push(`${indent}${ids.of(from)} ${soft ? '-.->' : '-->'} ${ids.of(to)}`);
    }
    omitted += Math.max(0, edges.length - left);
    left = Math.max(0, left - edges.length);
    if (framed) lines.push('  end');
  }
  if (omitted > 0) {
    lines.push(
      `  ${ids.of('omitted')}["${mermaidLabel(`${omitted} more needs are not drawn; mermaid allows 500 edges`)}"]`,
    );
  }
  return `${[...lines, ...statusClasses(styled)].join('\n')}\n`;
}

function shapeOf({ step, crowd }: DagNode): string {
  if (crowd !== undefined) return `["${mermaidLabel(crowdLabel(crowd))}"]`;
  if (step === undefined) return '((" "))';
  return step.kind === 'join'
    ? `(["${mermaidLabel(stepLabel(step))}"])`
    : `["${mermaidLabel(stepLabel(step))}"]`;
}
