/** The text of one step: while it is active and when it has settled. */
import type { Paint } from '../terminal.ts';
import { formatDuration, oneLine, statusSymbol, statusWord } from './format.ts';
import type { ActiveStep, SettledStep } from './run-model.ts';

/** `✔ build  1.2s`, `✖ test[3]  failed  3.4s  EXIT_CODE: …`, `– deploy  skipped  need build failed` */
export function settledLine(step: SettledStep, paint: Paint, width: number): string {
  const label = step.label === undefined || step.label === '' ? '' : ` (${step.label})`;
  const parts = [`${statusSymbol(step.status, paint)} ${step.path}${label}`];
  if (step.items !== undefined) parts.push(itemCount(step.items, paint));
  if (step.status !== 'success') parts.push(statusWord(step.status, paint));
  else if (step.outcome === 'failed') parts.push(paint.yellow('failed, allowed'));
  if (step.durationMs !== undefined && step.status !== 'skipped')
    parts.push(paint.dim(formatDuration(step.durationMs)));
  if (step.note !== '')
    parts.push(paint.dim(oneLine(step.note, Math.max(20, width - visibleLength(parts.join('  ')) - 3))));
  return parts.join('  ');
}

/** The same for a step in flight, with its elapsed time and last output; never wider than `width`. */
export function activeLine(
  step: ActiveStep,
  paint: Paint,
  options: { now: number; spinner: string; width: number },
): string {
  const symbol = step.status === 'running' ? paint.cyan(options.spinner) : statusSymbol(step.status, paint);
  const parts = [`${symbol} ${oneLine(step.path, Math.max(10, options.width - 30))}`];
  if (step.items !== undefined) parts.push(itemCount(step.items, paint));
  if (step.attempt > 1) parts.push(paint.yellow(`attempt ${step.attempt}`));
  if (step.status === 'running') parts.push(paint.dim(formatDuration(options.now - step.since)));
  else parts.push(statusWord(step.status, paint));
  if (step.dueAt !== undefined)
    parts.push(paint.dim(`in ${formatDuration(Math.max(0, step.dueAt - options.now))}`));
  const left = options.width - visibleLength(parts.join('  ')) - 3;
  if (step.note !== '' && left > 12) parts.push(paint.dim(oneLine(step.note, left)));
  return parts.join('  ');
}

function itemCount(items: NonNullable<ActiveStep['items']>, paint: Paint): string {
  const total = items.total === undefined ? '' : `/${items.total}`;
  const failed = items.failed === 0 ? '' : paint.red(` ${items.failed} failed`);
  return `${items.done}${total}${failed}`;
}

/** Columns taken by text that may hold colour codes. */
function visibleLength(text: string): number {
  return text.replace(/\u001b\[[0-9;]*m/g, '').length;
}
