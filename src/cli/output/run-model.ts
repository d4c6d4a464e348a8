/** What a viewer of a run needs to know, folded from its events: steps in flight, fan-out counts, totals. */
import type { RunEvent } from '../../app/types.ts';
import { waitText } from './wait-text.ts';

export interface ActiveStep {
  /** Ledger path: `build`, `finally/notify`. */
  path: string;
  status: 'queued' | 'running' | 'retrying' | 'suspended';
  /** Of its first start; wall clock, ms. */
  since: number;
  attempt: number;
  /** Last line of its output, or why it waits. */
  note: string;
  /** When a retry or a timer is due; wall clock, ms. */
  dueAt?: number;
  /** Of fan-outs. */
  items?: { total: number | undefined; done: number; failed: number; labels?: readonly string[] };
}

/** A step that came to rest: what a permanent line says. */
export interface SettledStep {
  path: string;
  /** Of an item: what it is called. */
  label?: string | undefined;
  status: string;
  outcome: string | undefined;
  durationMs: number | undefined;
  /** Reason or error, one line. */
  note: string;
  items: ActiveStep['items'];
}

const isUndone = (status: string): boolean => status === 'canceled' || status === 'skipped';

const ITEM = /^(.*?)\[(\d+)\]/;

export class RunModel {
  readonly active = new Map<string, ActiveStep>();
  /** Time of the first event; wall clock, ms. */
  startedAt: number | undefined;
  readonly counts = { success: 0, failed: 0, skipped: 0, canceled: 0 };

  /** Folds one event in. Gives the step if the event brought it to rest (items only when they failed). */
  apply(event: RunEvent): SettledStep | undefined {
    this.startedAt ??= event.ts;
    const path = event.path ?? event.step;
    if (path === undefined) return undefined;
    const fleet = ITEM.exec(path)?.[1];
    if (fleet !== undefined && path !== fleet) return this.#applyToItem(event, path, fleet);
    switch (event.type) {
      case 'step.queued':
        this.#begin(path, event).status = 'queued';
        return undefined;
      case 'step.started':
        this.#started(path, event);
        return undefined;
      case 'step.output':
        this.#output(path, event);
        return undefined;
      case 'step.retrying':
        this.#waits(path, event, 'retrying');
        return undefined;
      case 'step.suspended':
        this.#waits(path, event, 'suspended');
        return undefined;
      case 'step.skipped':
        return this.#settle(path, event, 'skipped');
      case 'step.finished':
        return this.#settle(path, event, event.status ?? 'success');
      default:
        return undefined;
    }
  }

  #begin(path: string, event: RunEvent): ActiveStep {
    let step = this.active.get(path);
    if (step === undefined) {
      step = { path, status: 'running', since: event.ts, attempt: 1, note: '' };
      this.active.set(path, step);
    }
    const { total, labels, done = 0 } = event;
    if (total !== undefined)
      step.items = { done, failed: 0, ...step.items, total, ...(labels && { labels }) };
    return step;
  }

  #started(path: string, event: RunEvent): void {
    const step = this.#begin(path, event);
    if (step.status === 'queued') step.since = event.ts;
    step.status = 'running';
    step.attempt = event.attempt ?? step.attempt;
    step.note = '';
    delete step.dueAt;
  }

  #output(path: string, event: RunEvent): void {
    const step = this.active.get(path);
    const line = (event.text ?? '')
      .trimEnd()
      .split(/[\r\n]/)
      .pop();
    if (step !== undefined && line !== undefined && line.trim() !== '') step.note = line;
  }

  #waits(path: string, event: RunEvent, status: 'retrying' | 'suspended'): void {
    const step = this.#begin(path, event);
    step.status = status;
    step.attempt = event.attempt ?? step.attempt;
    step.note = event.error?.message ?? (status === 'suspended' ? waitText(event) : '');
    if (event.dueAt !== undefined) step.dueAt = event.dueAt;
  }

  #settle(path: string, event: RunEvent, status: string): SettledStep {
    const step = this.active.get(path);
    this.active.delete(path);
    if (status === 'success' || status === 'failed' || status === 'skipped' || status === 'canceled')
      this.counts[status] += 1;
    const failure = event.error === undefined ? undefined : `${event.error.code}: ${event.error.message}`;
    return {
      path,
      status,
      outcome: event.outcome,
      durationMs: event.durationMs ?? (step === undefined ? undefined : event.ts - step.since),
      // Of what was canceled or skipped the error only says that it was.
      note: (isUndone(status) ? (event.reason ?? failure) : (failure ?? event.reason)) ?? '',
      items: step?.items,
    };
  }

  #applyToItem(event: RunEvent, path: string, fleet: string): SettledStep | undefined {
    const parent = this.#begin(fleet, { ts: event.ts, seq: 0, runId: event.runId, type: event.type });
    parent.items ??= { total: undefined, done: 0, failed: 0 };
    if (event.type === 'step.started' || event.type === 'step.retrying') parent.status = 'running';
    if (event.type === 'step.output') this.#output(fleet, event);
    if (event.type === 'step.suspended') parent.note = waitText(event);
    if (event.type !== 'step.finished' && event.type !== 'step.skipped') return undefined;
    parent.items.done += 1;
    if (event.status !== 'failed') return undefined;
    parent.items.failed += 1;
    const note =
      event.error === undefined ? (event.reason ?? '') : `${event.error.code}: ${event.error.message}`;
    return {
      path,
      label: parent.items.labels?.[Number(ITEM.exec(path)?.[2])],
      status: 'failed',
      outcome: event.outcome,
      durationMs: event.durationMs,
      note,
      items: undefined,
    };
  }
}
