/** Graphviz: the dag view as a plain digraph, the statechart view with a cluster for every group. */
import type { Chart, GroupChart } from './chart.ts';
import type { DagNode, DagView } from './dag.ts';
import { printable } from './display-text.ts';
import type { RunFrame } from './run-frame.ts';
import { STATUS_STYLES } from './status-style.ts';
import { chartStepLabel, crowdLabel, groupTitle, moreLabel, stepLabel } from './step-label.ts';
import type { StepNode } from './step-node.ts';

const HEAD = [
  'digraph workflow {',
  '  compound=true; newrank=true; fontname="Helvetica";',
  '  node [shape=box, style="rounded,filled", fillcolor="#f6f8fa", color="#8c959f", fontname="Helvetica"];',
  '  edge [color="#57606a"];',
];

export function dotDag(views: readonly DagView[]): string {
  const lines = [...HEAD];
  for (const { block, nodes, edges } of views) {
    const framed = views.length > 1;
    if (framed) lines.push(`  subgraph ${quoted(`cluster ${block}`)} {`, `  label=${quoted(block)};`);
    for (const node of nodes) lines.push(`  ${quoted(node.path)} [${dagNode(node)}];`);
    for (const { from, to, soft } of edges) {
      lines.push(`  ${quoted(from)} -> ${quoted(to)}${soft ? ' [style=dashed]' : ''};`);
    }
    if (framed) lines.push('  }');
  }
  return `${[...lines, '}'].join('\n')}\n`;
}

function dagNode({ step, crowd }: DagNode): string {
  if (step !== undefined) return stepAttributes(step, stepLabel(step));
  return crowd === undefined
    ? 'shape=point, width=0.08'
    : `label=${quoted(crowdLabel(crowd))}, style="rounded,dashed"`;
}

function stepAttributes(step: StepNode, label: string): string {
  const attributes = [`label=${quoted(label)}`, `tooltip=${quoted(step.kind)}`];
  if (step.status !== undefined) {
    const { fill, stroke, text } = STATUS_STYLES[step.status];
    attributes.push(`fillcolor="${fill}"`, `color="${stroke}"`, `fontcolor="${text}"`);
  }
  return attributes.join(', ');
}

export function dotChart({ stages, transitions }: RunFrame): string {
  const writer = new ChartWriter();
  for (const { key, title, block, chart } of stages) {
    if (chart !== undefined && block !== undefined) writer.stage(key, title, chart, block);
    else writer.point(key, title);
  }
  for (const { from, to, label } of transitions) writer.transition(from, to, label);
  return writer.text();
}

/** Where arrows into and out of a drawn thing are tied: a node in it, and its cluster when it has one. */
interface Ends {
  first: string;
  last: string;
  cluster?: string;
}

class ChartWriter {
  readonly #lines = [...HEAD];
  readonly #stages = new Map<string, Ends>();

  text(): string {
    return `${[...this.#lines, '}'].join('\n')}\n`;
  }

  stage(key: string, title: string, chart: GroupChart, block: string): void {
    this.#stages.set(key, this.#cluster({ ...chart, key: `stage ${key}` }, title, block));
  }

  point(key: string, title: string): void {
    const id = `stage ${key}`;
    this.#lines.push(`  ${quoted(id)} [label=${quoted(title)}, style="rounded,dashed"];`);
    this.#stages.set(key, { first: id, last: id });
  }

  transition(from: string, to: string, label: string): void {
    const tail = from === '*' ? this.#dot('start', 'circle') : this.#stages.get(from);
    const head = to === '*' ? this.#dot('end', 'doublecircle') : this.#stages.get(to);
    if (tail !== undefined && head !== undefined)
      this.#arrow(tail, head, label === '' ? [] : [`label=${quoted(label)}`]);
  }

  #dot(name: string, shape: string): Ends {
    const id = `run ${name}`;
    this.#lines.push(`  ${quoted(id)} [shape=${shape}, label="", width=0.15, fillcolor="#24292f"];`);
    return { first: id, last: id };
  }

  #arrow(tail: Ends, head: Ends, attributes: string[] = []): void {
    if (tail.cluster !== undefined) attributes.push(`ltail=${quoted(tail.cluster)}`);
    if (head.cluster !== undefined) attributes.push(`lhead=${quoted(head.cluster)}`);
    const suffix = attributes.length === 0 ? '' : ` [${attributes.join(', ')}]`;
    this.#lines.push(`  ${quoted(tail.last)} -> ${quoted(head.first)}${suffix};`);
  }

  #draw(chart: Chart, block: string): Ends {
    if (chart.type !== 'step') return this.#cluster(chart, groupTitle(chart), block);
    const { step } = chart;
    this.#lines.push(`  ${quoted(step.path)} [${stepAttributes(step, chartStepLabel(chart))}];`);
    return { first: step.path, last: step.path };
  }

  #cluster(group: GroupChart, title: string, block: string): Ends {
    const cluster = `cluster ${block} ${group.key}`;
    const style = group.type === 'fork' ? 'dashed' : 'rounded';
    this.#lines.push(
      `  subgraph ${quoted(cluster)} {`,
      `  label=${quoted(title)}; style=${style}; color="#8c959f";`,
    );
    const ends = group.children.map((child) => this.#draw(child, block));
    if (group.hidden > 0 || ends.length === 0) {
      const more = `${cluster} more`;
      this.#lines.push(
        `  ${quoted(more)} [label=${quoted(moreLabel(group.hidden, group.hiddenCounts))}, style="rounded,dashed"];`,
      );
      ends.push({ first: more, last: more });
    }
    if (group.type === 'sequence') {
      ends.slice(1).forEach((head, index) => {
        this.#arrow(ends[index]!, head);
      });
    }
    this.#lines.push('  }');
    return { first: ends[0]!.first, last: ends.at(-1)!.last, cluster };
  }
}

function quoted(text: string): string {
  return `"${printable(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
