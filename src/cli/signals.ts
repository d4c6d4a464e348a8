/** SIGINT and SIGTERM while a run goes on: the first cancels it, the second stops at once, a third does not even wait for that. */
import type { RunHandle } from '../app/types.ts';
import { EXIT } from '../kernel/exit-codes.ts';
import type { Terminal } from './terminal.ts';

export interface SignalWatch {
  /** Exit code of the signal that was received; undefined when there was none. */
  received(): number | undefined;
  /** Settles with the exit code once a second signal has stopped the run. */
  readonly stopped: Promise<number>;
  /** As if SIGINT had come, for a terminal that reads Ctrl+C as a key. */
  interrupt(): void;
  release(): void;
}

/** What `process` offers; tests emit the signals themselves. */
export interface SignalSource {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  off(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}

export function watchSignals(
  handle: RunHandle,
  terminal: Terminal,
  source: SignalSource = process,
): SignalWatch {
  let received: number | undefined;
  let stopping = false;
  let stop: (exitCode: number) => void = () => {};
  const stopped = new Promise<number>((resolve) => {
    stop = resolve;
  });
  const onSignal = (name: string, exitCode: number): void => {
    if (received === undefined) {
      received = exitCode;
      terminal.talk(`${name}: canceling; "finally" and undo steps still run (once more stops at once)`);
      handle.cancel(name);
      return;
    }
    if (stopping) {
      stop(EXIT.sigint);
      return;
    }
    stopping = true;
    terminal.talk(`${name} again: stopping at once; go on later with: keystone resume ${handle.runId}`);
    void handle.abort().then(
      () => stop(EXIT.sigint),
      () => stop(EXIT.sigint),
    );
  };
  const onInterrupt = (): void => onSignal('SIGINT', EXIT.sigint);
  const onTerminate = (): void => onSignal('SIGTERM', EXIT.sigterm);
  source.on('SIGINT', onInterrupt);
  source.on('SIGTERM', onTerminate);
  return {
    received: () => received,
    stopped,
    interrupt: onInterrupt,
    release() {
      source.off('SIGINT', onInterrupt);
      source.off('SIGTERM', onTerminate);
    },
  };
}
