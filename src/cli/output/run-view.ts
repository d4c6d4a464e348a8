/** Chooses how a run is shown while it goes on: NDJSON, nothing, plain lines or a live display. */
import type { RunEvent } from '../../app/types.ts';
import type { Terminal } from '../terminal.ts';
import { LiveView } from './live-view.ts';
import { PlainView } from './plain-view.ts';

export interface RunView {
  event(event: RunEvent): void;
  /** Leaves the terminal to a question; what is said meanwhile is said afterwards. */
  stepAside(): Promise<void>;
  comeBack(): void;
  /** Takes the display down; called once, before the result is printed. */
  end(): Promise<void>;
}

const SILENT: RunView = {
  event: () => {},
  stepAside: async () => {},
  comeBack: () => {},
  end: async () => {},
};

export function createRunView(terminal: Terminal, options: { events: boolean; refreshMs: number }): RunView {
  if (options.events) return eventView(terminal);
  if (terminal.quiet) return SILENT;
  return terminal.interactive ? new LiveView(terminal, options.refreshMs) : new PlainView(terminal);
}

/** One event, one line of JSON on stdout. */
function eventView(terminal: Terminal): RunView {
  return { ...SILENT, event: (event) => terminal.result(JSON.stringify(event)) };
}
