/** Rows of a table of steps: what `show` says of each, with the items a person may look for. */
import type { StepView } from '../../app/types.ts';
import type { Paint, Terminal } from '../terminal.ts';
import { formatDuration, oneLine, statusSymbol, statusWord } from './format.ts';

/** Items with names are shown up to this number; of others, and of more, those that did not succeed. */
const MOST_NAMED = 20;
const MOST_ITEMS = 10;

export function stepRows(steps: Readonly<Record<string, StepView>>, terminal: Terminal): string[][] {
  return Object.entries(steps).flatMap(([id, step]) => [
    rowOf(id, step, terminal),
    ...itemRows(step, terminal),
  ]);
}

function itemRows({ items = [], total = items.length }: StepView, terminal: Terminal): string[][] {
  const all = items.map((item, index) => ({ item, index }));
  const isNamed = items.some(({ label }) => label !== undefined) && total <= MOST_NAMED;
  const shown = isNamed
    ? all
    : all.filter(({ item }) => item.status !== 'success' || item.outcome === 'failed').slice(0, MOST_ITEMS);
  return shown.map(({ item, index }) => {
    const [name = '', , ...rest] = rowOf(`  ${itemName('', index, item.label)}`, item, terminal);
    return [name, '', ...rest];
  });
}

/** `test[3]`, and what a matrix calls it: `test[3] (linux, 20)`. */
export const itemName = (step: string, index: number, label: string | undefined): string =>
  `${step}[${index}]${label === undefined || label === '' ? '' : ` (${label})`}`;

function rowOf(id: string, step: StepView, { paint, columns }: Terminal): string[] {
  return [
    `${statusSymbol(step.status, paint)} ${id}`,
    paint.dim(step.kind),
    `${statusWord(step.status, paint)}${step.status === 'success' && step.outcome === 'failed' ? paint.yellow(' (failed, allowed)') : ''}`,
    step.attempts > 1 ? paint.dim(`${step.attempts} attempts`) : '',
    step.durationMs === undefined ? '' : paint.dim(formatDuration(step.durationMs)),
    `${itemSummary(step, paint)}${paint.dim(oneLine(noteOf(step), Math.max(30, columns - 60)))}`,
  ];
}

/** Of a step that was canceled or skipped, why; the error that went with it only says that it was. */
function noteOf({ status, error, skipReason, reusedFrom }: StepView): string {
  if (skipReason !== undefined && (status === 'skipped' || status === 'canceled')) return skipReason;
  if (error !== undefined) return `${error.code}: ${error.message}`;
  return reusedFrom === undefined ? '' : `result of ${reusedFrom.path} of run ${reusedFrom.runId}`;
}

function itemSummary({ items, total }: StepView, paint: Paint): string {
  if (items === undefined && total === undefined) return '';
  const done = (items ?? []).filter(({ status }) => status === 'success').length;
  return `${paint.dim(`${done}/${total ?? items?.length ?? 0} items`)}  `;
}
