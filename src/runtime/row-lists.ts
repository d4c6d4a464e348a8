/** Rows of a batch that are only ever added. */
import type { DedupRow, LeftoverRow, NoteRow, ReleasedKey, RunBatch } from '../store/port.ts';

export interface RowLists {
  actorsGone: string[];
  inboxDone: number[];
  notes: NoteRow[];
  leftovers: LeftoverRow[];
  leftoversGone: string[];
  dedup: DedupRow[];
  dedupGone: ReleasedKey[];
}

export const emptyLists = (): RowLists => ({
  actorsGone: [],
  inboxDone: [],
  notes: [],
  leftovers: [],
  leftoversGone: [],
  dedup: [],
  dedupGone: [],
});

/** Those that have rows. */
export const givenLists = ({
  actorsGone,
  inboxDone,
  notes,
  leftovers,
  leftoversGone,
  dedup,
  dedupGone,
}: RowLists): Partial<RunBatch> => ({
  ...(actorsGone.length > 0 && { actorsGone }),
  ...(inboxDone.length > 0 && { inboxDone }),
  ...(notes.length > 0 && { notes }),
  ...(leftovers.length > 0 && { leftovers }),
  ...(leftoversGone.length > 0 && { leftoversGone }),
  ...(dedup.length > 0 && { dedup }),
  ...(dedupGone.length > 0 && { dedupGone }),
});
