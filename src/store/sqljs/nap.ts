/** Waiting without spinning, for the synchronous code below SQLite. */
const cell = new Int32Array(new SharedArrayBuffer(4));

export function nap(milliseconds: number): void {
  Atomics.wait(cell, 0, 0, milliseconds);
}
