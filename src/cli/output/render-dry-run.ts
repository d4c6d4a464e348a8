/** What a run would do, as lines or JSON. */
import { EXIT } from '../../kernel/exit-codes.ts';
import type { DryRun } from '../app-api.ts';
import type { Terminal } from '../terminal.ts';
import { oneLine } from './format.ts';

export function renderDryRun(terminal: Terminal, plan: DryRun, json: boolean): number {
  if (json) {
    terminal.json(plan);
    return EXIT.success;
  }
  const { paint } = terminal;
  terminal.talk(`${plan.workflow}: nothing is executed or stored`);
  const width = Math.max(...plan.steps.map((step) => pathOf(step).length), 0);
  for (const step of plan.steps) {
    const notes = [
      ...(step.needs.length > 0 ? [`after ${step.needs.join(', ')}`] : []),
      ...(step.if === undefined ? [] : [`if ${step.if}`]),
    ];
    const would = oneLine(step.would, Math.max(40, terminal.columns - width - step.kind.length - 6));
    terminal.result(`${pathOf(step).padEnd(width)}  ${paint.cyan(step.kind)}  ${would}`);
    if (notes.length > 0)
      terminal.result(
        `${' '.repeat(width)}  ${paint.dim(oneLine(notes.join('; '), terminal.columns - width - 2))}`,
      );
  }
  return EXIT.success;
}

function pathOf(step: DryRun['steps'][number]): string {
  return step.block === 'steps' ? step.id : `${step.block}/${step.id}`;
}
