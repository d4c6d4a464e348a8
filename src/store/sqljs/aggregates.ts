/** The tables of runs, one class each. */
import { Actors } from './actors.ts';
import { Compensations } from './compensations.ts';
import type { Database } from './database.ts';
import { Events } from './events.ts';
import { Inbox } from './inbox.ts';
import { Journal } from './journal.ts';
import { Runs } from './runs.ts';
import { Steps } from './steps.ts';
import { Timers } from './timers.ts';
import { Waits } from './waits.ts';

export const aggregatesOf = (database: Database) => ({
  runs: new Runs(database),
  actors: new Actors(database),
  journal: new Journal(database),
  steps: new Steps(database),
  timers: new Timers(database),
  compensations: new Compensations(database),
  inbox: new Inbox(database),
  waits: new Waits(database),
  events: new Events(database),
});

export type Aggregates = Readonly<ReturnType<typeof aggregatesOf>>;
