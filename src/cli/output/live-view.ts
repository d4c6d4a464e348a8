/**
 * Progress on a terminal: settled steps scroll up as permanent lines, active ones live in a region at the bottom.
 * Ink draws that region; it is only loaded when the run takes long enough for anybody to look at it.
 */
import type { RunEvent } from '../../app/types.ts';
import type { Terminal } from '../terminal.ts';
import type { LiveRegion } from './live-region.tsx';
import { describe } from './plain-view.ts';
import { RunModel } from './run-model.ts';
import type { RunView } from './run-view.ts';
import { settledLine } from './step-lines.ts';

/** Runs shorter than this never load ink. */
const PATIENCE_MS = 400;

/** Events that deserve a permanent line although their step has not settled. */
const PERMANENT: ReadonlySet<string> = new Set(['run.started', 'run.resumed', 'compensation.started', 'log']);

export class LiveView implements RunView {
  readonly #terminal: Terminal;
  readonly #model = new RunModel();
  readonly #refreshMs: number;
  #patience: NodeJS.Timeout | undefined;
  #region: LiveRegion | undefined;
  /** Lines said while a question has the terminal. */
  #held: string[] | undefined;
  #opening: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(terminal: Terminal, refreshMs: number) {
    this.#terminal = terminal;
    this.#refreshMs = refreshMs;
    this.#patience = setTimeout(() => this.#open(), PATIENCE_MS);
  }

  event(event: RunEvent): void {
    const settled = this.#model.apply(event);
    const paint = this.#terminal.talkPaint;
    const width = this.#terminal.streams.stderr.columns ?? 80;
    if (settled !== undefined) this.#terminal.talk(settledLine(settled, paint, width));
    else if (PERMANENT.has(event.type)) this.#terminal.talk(describe(event) ?? '');
  }

  async stepAside(): Promise<void> {
    if (this.#held !== undefined) return;
    const held: string[] = [];
    this.#held = held;
    await this.#close();
    if (!this.#ended) this.#terminal.handOver((line) => held.push(line));
  }

  comeBack(): void {
    this.#release();
    if (!this.#ended) this.#open();
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#close();
    this.#release();
  }

  #release(): void {
    const held = this.#held ?? [];
    if (this.#held !== undefined) this.#terminal.handOver(undefined);
    this.#held = undefined;
    for (const line of held) this.#terminal.complain(line);
  }

  async #close(): Promise<void> {
    clearTimeout(this.#patience);
    await this.#opening;
    const region = this.#region;
    this.#region = undefined;
    if (region === undefined) return;
    await region.close();
    this.#terminal.handOver(undefined);
  }

  #open(): void {
    this.#opening = this.#startRegion().catch((error: unknown) =>
      this.#terminal.talk(`(no live display: ${String(error)})`),
    );
  }

  async #startRegion(): Promise<void> {
    const { openLiveRegion } = await import('./live-region.tsx');
    if (this.#ended || this.#held !== undefined || this.#region !== undefined) return;
    const region = openLiveRegion(this.#model, this.#terminal, this.#refreshMs);
    this.#terminal.handOver((line) => region.print(line));
    this.#region = region;
  }
}
