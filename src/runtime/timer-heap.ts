/** What is due first, in O(log n). Entries that were given up stay in it until they come to the top, or until they are the greater part. */

export interface HeapEntry {
  readonly at: number;
  /** Given up, or taken out. */
  gone: boolean;
}

export class TimerHeap<Entry extends HeapEntry> {
  private entries: Entry[] = [];
  private goneCount = 0;

  push(entry: Entry): void {
    this.entries.push(entry);
    this.rise(this.entries.length - 1);
  }

  /** The earliest that is still wanted. */
  get first(): Entry | undefined {
    for (let top = this.entries[0]; top?.gone === true; top = this.entries[0]) {
      this.removeTop();
      this.goneCount--;
    }
    return this.entries[0];
  }

  /** Takes out what is due at `now`, earliest first. */
  takeDue(now: number): Entry[] {
    const due: Entry[] = [];
    for (let top = this.first; top !== undefined && top.at <= now; top = this.first) {
      this.removeTop();
      top.gone = true;
      due.push(top);
    }
    return due;
  }

  giveUp(entry: Entry): void {
    if (entry.gone) return;
    entry.gone = true;
    this.goneCount++;
    if (this.goneCount * 2 <= this.entries.length) return;
    this.entries = this.entries.filter(({ gone }) => !gone);
    this.goneCount = 0;
    for (let index = (this.entries.length >> 1) - 1; index >= 0; index--) this.sink(index);
  }

  clear(): void {
    this.entries = [];
    this.goneCount = 0;
  }

  private removeTop(): void {
    const last = this.entries.pop();
    if (last === undefined || this.entries.length === 0) return;
    this.entries[0] = last;
    this.sink(0);
  }

  private at(index: number): number {
    return this.entries[index]?.at ?? Number.POSITIVE_INFINITY;
  }

  private rise(start: number): void {
    for (let index = start; index > 0; ) {
      const parent = (index - 1) >> 1;
      if (this.at(parent) <= this.at(index)) return;
      this.swap(index, parent);
      index = parent;
    }
  }

  private sink(start: number): void {
    for (let index = start; ; ) {
      const left = 2 * index + 1;
      const child = this.at(left + 1) < this.at(left) ? left + 1 : left;
      if (this.at(child) >= this.at(index)) return;
      this.swap(index, child);
      index = child;
    }
  }

  private swap(a: number, b: number): void {
    const [first, second] = [this.entries[a], this.entries[b]];
    if (first === undefined || second === undefined) return;
    this.entries[a] = second;
    this.entries[b] = first;
  }
}
