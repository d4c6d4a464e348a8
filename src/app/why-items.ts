/** Sentences about the items of a fan-out, those without a row of their own included: that wait for their turn, or never began. */
import type { StepRow } from '../store/port.ts';
import type { Evidence, Subject } from './why.ts';

/** The step of an item; undefined for anything else. */
export const wholeOf = (path: string): string | undefined => /^(.*)\[\d+\]$/.exec(path)?.[1];

/** What an item is called, if it has a name. */
export function labelOf({ rows }: Evidence, path: string): string | undefined {
  const [, whole = '', index] = /^(.*)\[(\d+)\]$/.exec(path) ?? [];
  const label = index === undefined ? undefined : rows.get(whole)?.fanOut?.labels?.[Number(index)];
  return label === '' ? undefined : label;
}

/** Why an item without a row will never have one; undefined while it may. */
export function whyNeverBegan({ rows }: Evidence, path: string): string | undefined {
  const whole = wholeOf(path);
  const row = whole === undefined ? undefined : rows.get(whole);
  if (whole === undefined || row?.finishedAt === undefined || rows.has(path)) return undefined;
  return `never began: ${row.reason ?? reasonOfItems(rows, whole) ?? `${whole} ${row.status}`}`;
}

function reasonOfItems(rows: Evidence['rows'], whole: string): string | undefined {
  for (const [path, { status, reason }] of rows)
    if (status === 'canceled' && reason !== undefined && wholeOf(path) === whole) return reason;
  for (const [path, { status }] of rows)
    if (status === 'failed' && wholeOf(path) === whole) return `${path} failed (failFast)`;
  return undefined;
}

/** An item whose turn has not come although those before it run. */
export function whyNotItsTurn(evidence: Evidence, { step }: Subject, whole: string): string {
  const { open, total } = countItems(evidence, whole);
  const limit = typeof step.concurrency === 'string' ? step.concurrency : String(step.concurrency ?? 50);
  return `waits for its turn: ${open.length} of ${total} items are open, and more do not run at once (concurrency: ${limit})`;
}

export interface ItemCount {
  total: number;
  ended: number;
  /** Paths of items that have begun, or wait for a slot. */
  open: string[];
}

export function countItems({ rows, states }: Evidence, whole: string): ItemCount {
  const begun = new Set([...rows.keys(), ...states.keys()].filter((path) => wholeOf(path) === whole));
  const open = [...begun].filter(
    (path) => rows.get(path)?.finishedAt === undefined || isRetrying(rows.get(path)),
  );
  return { total: rows.get(whole)?.fanOut?.total ?? begun.size, ended: begun.size - open.length, open };
}

const isRetrying = (row: StepRow | undefined): boolean => row?.status === 'retrying';

/** `items: 3 success, 1 failed, 2 never began` */
export function itemTotals({ rows }: Evidence, whole: string): string[] {
  const ends = new Map<string, number>();
  let known = 0;
  for (const [path, { outcome }] of rows) {
    if (outcome === undefined || wholeOf(path) !== whole) continue;
    ends.set(outcome, (ends.get(outcome) ?? 0) + 1);
    known++;
  }
  const total = rows.get(whole)?.fanOut?.total ?? known;
  if (total === 0 && known === 0) return rows.get(whole)?.fanOut === undefined ? [] : ['it had no items'];
  const parts = [...ends].map(([outcome, count]) => `${count} ${outcome}`);
  return [`items: ${[...parts, ...(total > known ? [`${total - known} never began`] : [])].join(', ')}`];
}
