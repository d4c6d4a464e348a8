/** Rows of one kind that a turn wrote or deleted, by their key; the last word on a key counts. */
export class RowSet<Row> {
  private readonly rows = new Map<string, Row>();
  private readonly gone = new Set<string>();

  put(key: string, row: Row): void {
    this.gone.delete(key);
    this.rows.set(key, row);
  }
  remove(key: string): void {
    this.rows.delete(key);
    this.gone.add(key);
  }

  get size(): number {
    return this.rows.size + this.gone.size;
  }

  /** What there is, and nothing is left. */
  take(): { rows?: Row[]; gone?: string[] } {
    const taken = {
      ...(this.rows.size > 0 && { rows: [...this.rows.values()] }),
      ...(this.gone.size > 0 && { gone: [...this.gone] }),
    };
    this.rows.clear();
    this.gone.clear();
    return taken;
  }
}
