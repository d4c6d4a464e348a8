/** What a step that waits asks of the runtime: plain JSON, kept with the step's state, so a restored step waits for the same. */
import type { Json, JsonObject } from '../kernel/json.ts';

/** Time is up: the step succeeds with this output, or without one fails with TIMEOUT. */
interface Deadline {
  /** Wall clock in ms; absent: it waits for as long as it takes. */
  dueAt?: number;
  /** `{ value }` so that null can be a default. */
  default?: { value: Json };
}

export interface TimeSuspension {
  for: 'time';
  /** Wall clock in ms. */
  dueAt: number;
  /** It is a moment of the calendar and moves with the wall clock; absent: a duration, which does not. */
  clock?: 'wall';
}

export interface EventSuspension extends Deadline {
  for: 'event';
  event: string;
  /** Expression over `data` and `event {name, id, ts}`; absent: any. */
  match?: string;
  /** Takes the event out, so that no other wait sees it; otherwise it only looks at events sent since the run began. */
  oneShot: boolean;
}

export interface AnswerSuspension extends Deadline {
  for: 'answer';
  message: string;
  inputType: 'confirm' | 'text' | 'select' | 'form';
  /** JSON Schema of the answer. */
  schema: JsonObject;
  /** Of `select`: what may be chosen. */
  options?: Json[];
  assignees?: string[];
}

export type Suspension = TimeSuspension | EventSuspension | AnswerSuspension;
