/** The statechart view for the terminal: groups as branches of a tree, each step on a line of its own. */
import type { Chart, GroupChart } from './chart.ts';
import { displayWidth, fitted } from './display-text.ts';
import type { RunFrame } from './run-frame.ts';
import { STATUS_STYLES } from './status-style.ts';
import { chartStepLabel, groupTitle, moreLabel } from './step-label.ts';
import type { StepNode } from './step-node.ts';

export interface AsciiOptions {
  /** Terminal colours for statuses. */
  color: boolean;
  /** Cells a line may take. */
  columns: number;
}

export function asciiTree({ stages }: RunFrame, options: AsciiOptions): string {
  const lines = stages.flatMap(({ title, chart }, index) => [
    ...(index === 0 ? [] : ['']),
    fitted(title, options.columns),
    ...(chart === undefined ? [] : branches(chart, '', options)),
  ]);
  return `${lines.join('\n')}\n`;
}

/** One line for a step: its label, kind and status. Also used where a drawing would be too large. */
export function stepLine(step: StepNode, label: string, cells: number, { color }: AsciiOptions): string {
  const style = step.status && STATUS_STYLES[step.status];
  const status = style === undefined ? '' : `${style.symbol} ${step.status}`;
  const tail = [step.kind, status].filter((text) => text !== '').join('  ');
  const text = fitted(label, Math.max(8, cells - displayWidth(tail) - 2));
  const paint = (part: string): string =>
    color && style !== undefined ? `\x1b[${style.ansi}m${part}\x1b[0m` : part;
  const dim = (part: string): string => (color ? `\x1b[2m${part}\x1b[0m` : part);
  return `${paint(text)}  ${dim(step.kind)}${status === '' ? '' : `  ${paint(status)}`}`;
}

function branches(group: GroupChart, indent: string, options: AsciiOptions): string[] {
  const more = group.hidden > 0 ? [moreLabel(group.hidden, group.hiddenCounts)] : [];
  const entries: (Chart | string)[] = [...group.children, ...more];
  return entries.flatMap((entry, index) => {
    const last = index === entries.length - 1;
    const branch = indent + (last ? '└─ ' : '├─ ');
    const cells = Math.max(20, options.columns - displayWidth(branch));
    if (typeof entry === 'string') return [branch + fitted(entry, cells)];
    if (entry.type === 'step') return [branch + stepLine(entry.step, chartStepLabel(entry), cells, options)];
    return [
      branch + fitted(groupTitle(entry), cells),
      ...branches(entry, indent + (last ? '   ' : '│  '), options),
    ];
  });
}
