/** What steps wait for: events, people and keys; and the events that were sent. */
import type { Json, JsonObject } from '../kernel/json.ts';

/** A step that waits for an event or a person: what `keystone event`, `answer` and the scheduler look for. */
export interface WaitRow {
  path: string;
  for: 'event' | 'answer' | 'key';
  /** Name of the event; of an answer the step's id; of a key its `scope hash`. */
  name: string;
  since: number;
  /** Wall clock in ms. */
  dueAt?: number;
  /** What is asked, as the step's kind describes it; redacted. */
  detail: JsonObject;
}

/** Something that happened, kept for waits that begin later. */
export interface EventRow {
  id: number;
  name: string;
  data: Json;
  /** Root run whose tree may see it; absent: all runs of the project. */
  scope?: string;
  ts: number;
  expiresAt: number;
  /** The one-shot wait that took it: run, path and epoch. */
  takenBy?: string;
}

/** @property key An event with a key that is known already is not sent again. */
export type NewEvent = Omit<EventRow, 'id' | 'takenBy'> & { key?: string };
