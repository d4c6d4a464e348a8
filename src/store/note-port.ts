/** What an attempt writes down while it goes on, so that the next one need not do it again: the turns of a conversation, mostly. */
import type { Json } from '../kernel/json.ts';

export interface NoteRow {
  path: string;
  epoch: number;
  /** From 1, over all attempts of the step in this epoch. */
  number: number;
  /** The attempt that wrote it. */
  attempt: number;
  /** Secrets are placeholders. */
  body: Json;
}

export interface NoteStore {
  /** Of a step's attempts in one epoch, in the order they were written. */
  of(runId: string, path: string, epoch: number): Promise<NoteRow[]>;
}
