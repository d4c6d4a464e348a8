/** What workflows remember beyond a run: texts found again by their words and by the nearness of their vectors. */
import type { JsonObject } from '../kernel/json.ts';

export interface MemoryItem {
  /** The same text with the same metadata is the same memory. */
  id: string;
  text: string;
  metadata: JsonObject;
  /** Wall clock in ms. */
  createdAt: number;
}

export interface MemoryHit extends MemoryItem {
  /** Higher is nearer; of one kind of search only. */
  score: number;
}

export interface MemoryVector {
  /** What made it: vectors of different models are not compared. */
  model: string;
  values: Float32Array;
}

/** Each key must be there with this value; of a list, with one of its values. */
export type MemoryFilter = JsonObject;

export interface MemorySearch {
  filter: MemoryFilter;
  limit: number;
}

export interface MemoryStore {
  /** Durable when it resolves. @returns false when it was remembered already; a vector is added all the same. */
  put(item: MemoryItem, vector?: MemoryVector): Promise<boolean>;
  /** The best by BM25 of the words of `query`, any of which may be missing; best first. */
  byWords(query: string, search: MemorySearch): Promise<MemoryHit[]>;
  /** The best by cosine; best first. */
  byVector(vector: MemoryVector, search: MemorySearch): Promise<MemoryHit[]>;
  /** Those that have no vector of this model yet, oldest first. */
  withoutVector(model: string, limit: number): Promise<MemoryItem[]>;
  /** All that have one of the ids, or fit the filter. @returns how many there were. */
  forget(which: { ids: readonly string[] } | { filter: MemoryFilter }): Promise<number>;
  count(): Promise<number>;
  close(): Promise<void>;
}
