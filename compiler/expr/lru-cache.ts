/** A map that forgets what was not used for long, so that parsed texts do not grow for ever. A hit costs one look-up. */
export class LruCache<Value> {
  /** Two generations: when the young one is full it becomes the old one, and what was in the old one is forgotten. */
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();
  readonly #generationSize: number;

  /** @param capacity entries kept at most; at least half as many of the latest used ones always are */
  constructor(capacity: number) {
    this.#generationSize = Math.max(1, Math.floor(capacity / 2));
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(key: string): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old === undefined) return undefined;
    this.#old.delete(key);
    return this.set(key, old);
  }

  set(key: string, value: Value): Value {
    if (this.#young.size >= this.#generationSize) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
    return value;
  }
}
