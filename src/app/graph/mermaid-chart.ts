/** The statechart view as a mermaid `stateDiagram-v2`. */
import type { StepStatus } from '../../store/port.ts';
import type { Chart, GroupChart } from './chart.ts';
import { statusClasses } from './mermaid-style.ts';
import { MermaidIds, mermaidLabel } from './mermaid-text.ts';
import type { RunFrame, Stage } from './run-frame.ts';
import { chartStepLabel, groupTitle, moreLabel } from './step-label.ts';

export function mermaidChart({ stages, transitions }: RunFrame): string {
  const writer = new ChartWriter();
  const only = stages.length === 1 ? stages[0]?.chart : undefined;
  if (only !== undefined) writer.sequence(only, 'steps', 1);
  else {
    for (const stage of stages) writer.stage(stage);
    for (const { from, to, label } of transitions) writer.transition(from, to, label);
  }
  return writer.text();
}

function holds(chart: Chart, id: string): boolean {
  return chart.type === 'step' ? chart.step.id === id : chart.children.some((child) => holds(child, id));
}

class ChartWriter {
  readonly #ids = new MermaidIds();
  readonly #lines = ['stateDiagram-v2'];
  readonly #styled = new Map<StepStatus, string[]>();

  text(): string {
    return `${[...this.#lines, ...statusClasses(this.#styled)].join('\n')}\n`;
  }

  stage({ key, title, block, chart }: Stage): void {
    const id = this.#ids.of(`stage ${key}`);
    if (chart === undefined || block === undefined) {
      this.#line(1, `state "${mermaidLabel(title)}" as ${id}`);
      return;
    }
    this.#line(1, `state "${mermaidLabel(title)}" as ${id} {`);
    this.sequence(chart, block, 2);
    this.#line(1, '}');
  }

  transition(from: string, to: string, label: string): void {
    const end = (key: string): string => (key === '*' ? '[*]' : this.#ids.of(`stage ${key}`));
    this.#line(1, `${end(from)} --> ${end(to)}${label === '' ? '' : ` : ${mermaidLabel(label)}`}`);
  }

  /** Declares the children, then the way from the start through all of them to the end. */
  sequence({ children }: GroupChart, block: string, depth: number): void {
    const ids = children.map((child) => this.#declare(child, block, depth));
    ['[*]', ...ids].forEach((id, index) => {
      this.#line(depth, `${id} --> ${ids[index] ?? '[*]'}`);
    });
    children.forEach((child, index) => {
      const back = child.type === 'step' ? child.step.backTo : undefined;
      const to =
        back === undefined ? -1 : back === '' ? 0 : children.findIndex((other) => holds(other, back));
      // Mermaid draws no transition out of a composite state; from inside one the step's own mark says it.
      if (to >= 0 && to < index) this.#line(depth, `${ids[index]} --> ${ids[to]} : sent back`);
    });
  }

  #declare(chart: Chart, block: string, depth: number): string {
    if (chart.type === 'step') return this.#step(chart, depth);
    const id = this.#ids.of(`${block} ${chart.key}`);
    this.#line(depth, `state "${mermaidLabel(groupTitle(chart))}" as ${id} {`);
    if (chart.type === 'fork') this.#regions(chart, block, depth + 1);
    else if (chart.type === 'fleet') this.#members(chart, block, depth + 1);
    else this.sequence(chart, block, depth + 1);
    this.#line(depth, '}');
    return id;
  }

  #step(chart: Extract<Chart, { type: 'step' }>, depth: number): string {
    const { path, status } = chart.step;
    const id = this.#ids.of(path);
    this.#line(depth, `state "${mermaidLabel(chartStepLabel(chart))}" as ${id}`);
    if (status !== undefined) {
      const styled = this.#styled.get(status);
      if (styled === undefined) this.#styled.set(status, [id]);
      else styled.push(id);
    }
    return id;
  }

  /** A lane is written into its region itself; its title would only repeat its states. */
  #regions({ children }: GroupChart, block: string, depth: number): void {
    children.forEach((child, index) => {
      if (index > 0) this.#line(depth, '--');
      if (child.type === 'sequence') this.sequence(child, block, depth);
      else this.#line(depth, `[*] --> ${this.#declare(child, block, depth)}`);
    });
  }

  #members(fleet: GroupChart, block: string, depth: number): void {
    const drawn = new Map<string, string>();
    for (const child of fleet.children) {
      const id = this.#declare(child, block, depth);
      if (child.type === 'step') drawn.set(child.step.id, id);
    }
    for (const child of fleet.children) {
      if (child.type !== 'step') continue;
      const from = child.waitsFor.flatMap((need) => drawn.get(need) ?? []);
      for (const id of from) this.#line(depth, `${id} --> ${drawn.get(child.step.id)}`);
    }
    if (fleet.hidden === 0) return;
    const more = this.#ids.of(`${block} ${fleet.key} more`);
    this.#line(depth, `state "${mermaidLabel(moreLabel(fleet.hidden, fleet.hiddenCounts))}" as ${more}`);
  }

  #line(depth: number, text: string): void {
    this.#lines.push('  '.repeat(depth) + text);
  }
}
