/** The live region of a run, drawn by ink: permanent lines above, a window of active steps below. */
import { Box, render, Static, Text } from 'ink';
import { useEffect, useState, useSyncExternalStore } from 'react';
import type { Terminal } from '../terminal.ts';
import { formatDuration } from './format.ts';
import type { RunModel } from './run-model.ts';
import { activeLine } from './step-lines.ts';

export interface LiveRegion {
  /** Adds a line that stays. */
  print(line: string): void;
  /** Draws a last time without the region, and gives the terminal back. */
  close(): Promise<void>;
}

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
/** Lines below the active steps: totals and the hint on Ctrl+C. */
const FOOTER_LINES = 2;

/** Lines arriving faster than this are drawn together. */
const BATCH_MS = 30;

/** Lines printed for good, as a store react can subscribe to. */
class PermanentLines {
  lines: readonly string[] = [];
  ended = false;
  /** Called once everything, and no region, is in the tree. */
  allDrawn: () => void = () => {};
  readonly drawn = new Promise<void>((resolve) => {
    this.allDrawn = resolve;
  });
  #fresh: string[] = [];
  #flushing: NodeJS.Timeout | undefined;
  readonly #listeners = new Set<() => void>();

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  add(line: string): void {
    this.#fresh.push(line);
    this.#flushing ??= setTimeout(() => this.#flush(), BATCH_MS);
  }

  end(): void {
    this.ended = true;
    this.#flush();
  }

  #flush(): void {
    clearTimeout(this.#flushing);
    this.#flushing = undefined;
    this.lines = [...this.lines, ...this.#fresh];
    this.#fresh = [];
    for (const listener of this.#listeners) listener();
  }
}

export function openLiveRegion(model: RunModel, terminal: Terminal, refreshMs: number): LiveRegion {
  const permanent = new PermanentLines();
  const instance = render(<Region {...{ model, terminal, refreshMs, permanent }} />, {
    stdout: terminal.streams.stderr as NodeJS.WriteStream, // a terminal: the caller checked isTTY
    exitOnCtrlC: false,
    patchConsole: false,
    maxFps: Math.max(1, Math.min(60, Math.round(1000 / refreshMs))),
  });
  return {
    print: (line) => permanent.add(line),
    async close() {
      const exited = instance.waitUntilExit();
      permanent.end();
      await Promise.race([permanent.drawn, exited]); // else the last lines would be missing from the last frame
      instance.unmount();
      await exited;
    },
  };
}

interface RegionProps {
  model: RunModel;
  terminal: Terminal;
  refreshMs: number;
  permanent: PermanentLines;
}

function Region({ model, terminal, refreshMs, permanent }: RegionProps) {
  const lines = useSyncExternalStore(permanent.subscribe, () => permanent.lines);
  const ended = useSyncExternalStore(permanent.subscribe, () => permanent.ended);
  const frame = useFrame(refreshMs);
  useEffect(() => {
    if (ended) permanent.allDrawn();
  }, [ended, permanent]);
  return (
    <>
      <Static items={[...lines]}>{(line, index) => <Text key={index}>{line}</Text>}</Static>
      {ended ? null : <ActiveSteps {...{ model, terminal, frame }} />}
    </>
  );
}

function ActiveSteps({ model, terminal, frame }: { model: RunModel; terminal: Terminal; frame: number }) {
  const paint = terminal.talkPaint;
  const stream = terminal.streams.stderr;
  const width = Math.max(20, (stream.columns ?? 80) - 1);
  const room = Math.max(1, (stream.rows ?? 24) - FOOTER_LINES - 2);
  const steps = [...model.active.values()];
  const shown = steps.length > room ? steps.slice(0, room - 1) : steps;
  const options = { now: Date.now(), spinner: SPINNER[frame % SPINNER.length] ?? '', width };
  return (
    <Box flexDirection="column">
      {shown.map((step) => (
        <Text key={step.path} wrap="truncate-end">
          {activeLine(step, paint, options)}
        </Text>
      ))}
      {shown.length < steps.length ? (
        <Text>{paint.dim(`… and ${steps.length - shown.length} more`)}</Text>
      ) : null}
      <Text wrap="truncate-end">
        {paint.dim(totals(model, options.now - (model.startedAt ?? options.now)))}
      </Text>
    </Box>
  );
}

function totals(model: RunModel, elapsedMs: number): string {
  const { success, failed, skipped, canceled } = model.counts;
  const parts = [
    `${success} done`,
    failed > 0 ? `${failed} failed` : '',
    skipped > 0 ? `${skipped} skipped` : '',
  ];
  if (canceled > 0) parts.push(`${canceled} canceled`);
  return `${parts.filter((part) => part !== '').join(', ')}  ${formatDuration(elapsedMs)}  Ctrl+C cancels`;
}

function useFrame(refreshMs: number): number {
  const [frame, setFrame] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setFrame((previous) => previous + 1), refreshMs);
    return () => clearInterval(timer);
  }, [refreshMs]);
  return frame;
}
