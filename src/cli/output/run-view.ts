/** Chooses how a run is shown while it goes on: NDJSON, nothing, plain lines or a live display. */
import type { RunEvent } from '../../app/types.ts';
import type { Terminal } from '../terminal.ts';
import { LiveView } from './live-view.ts';
import { PlainView } from './plain-view.ts';

export interface RunView {
  event(event: RunEvent): void;
  /** Takes the display down; called once, before the result is printed. */
  end(): Promise<void>;
}

export function createRunView(terminal: Terminal, options: { events: boolean; refreshMs: number }): RunView {
  if (options.events) return eventView(terminal);
  if (terminal.quiet) return { event: () => {}, end: async () => {} };
  return terminal.interactive ? new LiveView(terminal, options.refreshMs) : new PlainView(terminal);
}

/** One event, one line of JSON on stdout. */
function eventView(terminal: Terminal): RunView {
  return { event: (event) => terminal.result(JSON.stringify(event)), end: async () => {} };
}
