/** Undos of a run, by completion order. Registered before the effect; a row each, so an unwinding survives the process. */
import type { Failure } from '../kernel/failure.ts';
import type { CompensationRow } from '../store/port.ts';
import type { RunRecorder } from './recorder.ts';

const OVER = new Set<CompensationRow['status']>(['done', 'failed', 'dropped']);

const isWithin = (path: string, scope: string): boolean =>
  scope === 'workflow' || path === scope || path.startsWith(`${scope}[`);

/** @param scope `workflow`, or the ledger path of a step. */
export const isToBeUndone = ({ path, status }: CompensationRow, scope: string): boolean =>
  !OVER.has(status) && isWithin(path, scope);

export class CompensationStack {
  private readonly rows = new Map<string, CompensationRow>();

  constructor(private readonly recorder: RunRecorder) {}

  restore(rows: readonly CompensationRow[]): void {
    for (const row of rows) this.rows.set(row.path, row);
  }

  /** Before the effect: whatever happens from now on, the step may have to be undone. */
  arm(path: string): void {
    // A step that begins anew has an effect to undo again, in the place of its new end.
    if (this.rows.get(path)?.status !== 'armed') this.put({ path, status: 'armed' });
  }

  /** The step ended, well or not; its place in the stack is now known. */
  ready(path: string, order: number): void {
    if (this.rows.get(path)?.status === 'armed') this.put({ path, status: 'ready', order });
  }

  /**
   * The most recently completed step that is still to be undone. An armed one without order never completed: it is undone first.
   * @param scope `workflow`, or the ledger path of a step, which stands for its items too.
   * @param isBusy whether the step has its effect right now, so that it cannot be undone yet.
   */
  top(scope = 'workflow', isBusy: (path: string) => boolean = () => false): string | null {
    let top: CompensationRow | undefined;
    for (const row of this.rows.values()) {
      if (!isToBeUndone(row, scope) || isBusy(row.path)) continue;
      if (
        top === undefined ||
        (row.order ?? Number.MAX_SAFE_INTEGER) > (top.order ?? Number.MAX_SAFE_INTEGER)
      )
        top = row;
    }
    return top?.path ?? null;
  }

  /** What it did has been undone by itself. */
  drop(path: string): void {
    if (this.rows.get(path)?.status === 'armed') this.change(path, { status: 'dropped' });
  }
  running(path: string): void {
    this.change(path, { status: 'running' });
  }
  done(path: string): void {
    this.change(path, { status: 'done' });
  }
  failed(path: string, error: Failure | undefined): void {
    this.change(path, { status: 'failed', ...(error && { error }) });
  }

  has(path: string): boolean {
    return this.rows.has(path);
  }
  /** The latest place that was given. */
  get lastOrder(): number {
    return Math.max(0, ...Array.from(this.rows.values(), ({ order }) => order ?? 0));
  }

  list(): readonly CompensationRow[] {
    return [...this.rows.values()].sort(
      (a, b) => (b.order ?? Number.MAX_SAFE_INTEGER) - (a.order ?? Number.MAX_SAFE_INTEGER),
    );
  }

  private change(path: string, change: Partial<CompensationRow>): void {
    const row = this.rows.get(path);
    if (row !== undefined) this.put({ ...row, ...change });
  }

  private put(row: CompensationRow): void {
    this.rows.set(row.path, row);
    this.recorder.compensation(row);
  }
}
