/** Progress as timestamped lines, for logs and pipes. */
import type { RunEvent } from '../../app/types.ts';
import type { Terminal } from '../terminal.ts';
import { formatClock, formatDate, formatDuration, oneLine } from './format.ts';
import { RunModel } from './run-model.ts';
import type { RunView } from './run-view.ts';
import { settledLine } from './step-lines.ts';
import { waitText } from './wait-text.ts';

const WIDTH = 160;

export class PlainView implements RunView {
  readonly #terminal: Terminal;
  readonly #model = new RunModel();

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  event(event: RunEvent): void {
    const paint = this.#terminal.talkPaint;
    const settled = this.#model.apply(event);
    const text = settled === undefined ? describe(event) : settledLine(settled, paint, WIDTH);
    if (text !== undefined) this.#terminal.talk(`${paint.dim(formatClock(event.ts))} ${text}`);
  }

  async stepAside(): Promise<void> {}
  comeBack(): void {}
  async end(): Promise<void> {}
}

/** Events worth a line beside steps that settle; undefined for the rest. Items of fan-outs stay silent. */
export function describe(event: RunEvent): string | undefined {
  const path = event.path ?? event.step ?? '';
  switch (event.type) {
    case 'run.started':
      return `▶ ${event.workflow ?? 'workflow'}  run ${event.runId}`;
    case 'run.resumed':
      return `▶ ${event.workflow ?? 'workflow'}  run ${event.runId} goes on`;
    case 'step.started':
      // Of an undo the line before has said it.
      return path.includes('[') || path.startsWith('compensate/') || (event.attempt ?? 1) > 1
        ? undefined
        : `· ${path}`;
    case 'step.retrying': {
      const due =
        event.dueAt === undefined ? '' : `  again in ${formatDuration(Math.max(0, event.dueAt - event.ts))}`;
      const cause =
        event.error === undefined ? '' : `  ${oneLine(`${event.error.code}: ${event.error.message}`, 100)}`;
      return `↻ ${path}  attempt ${event.attempt ?? '?'} failed${due}${cause}`;
    }
    case 'step.suspended':
      return `⏸ ${path}  ${waitText(event)}${dueText(event)}`;
    case 'step.sentBack':
      return `↶ ${path}  sends the run back to ${event.text ?? 'an earlier step'}`;
    case 'compensation.started':
      return `↩ undoing ${path}`;
    case 'log':
      return event.text === undefined
        ? undefined
        : `  ${path === '' ? '' : `${path}: `}${oneLine(event.text, 140)}`;
    default:
      return undefined;
  }
}

const HALF_A_DAY_MS = 43_200_000;

function dueText(event: RunEvent): string {
  if (event.dueAt === undefined) return '';
  const isSoon = Math.abs(event.dueAt - event.ts) < HALF_A_DAY_MS;
  return `  until ${isSoon ? formatClock(event.dueAt) : formatDate(event.dueAt)}`;
}
