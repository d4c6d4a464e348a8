/** What a run tells while it goes on: one line of `--events`, one item of every live display. */
import type { Failure } from '../kernel/failure.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { RunStatus, StepStatus } from '../store/port.ts';

export type RunEventType =
  | 'run.started'
  | 'run.suspended'
  | 'run.resumed'
  | 'run.finished'
  | 'step.queued'
  | 'step.started'
  | 'step.output'
  | 'step.retrying'
  | 'step.repairing'
  | 'step.healing'
  | 'step.suspended'
  /** The run goes back to an earlier step, which `text` names. */
  | 'step.sentBack'
  | 'step.finished'
  | 'step.skipped'
  | 'compensation.started'
  | 'compensation.finished'
  | 'timer.set'
  | 'timer.fired'
  | 'llm.request'
  | 'llm.delta'
  | 'llm.tool'
  | 'llm.finished'
  | 'log';

/** One line of `--events`. Delivered after the turn that caused it is committed. Redacted. */
export interface RunEvent {
  ts: number;
  seq: number;
  runId: string;
  type: RunEventType;
  /** Step id. */
  step?: string;
  /** Ledger path: `test[3]`, `finally/notify`. */
  path?: string;
  kind?: string;
  attempt?: number;
  status?: RunStatus | StepStatus;
  outcome?: string;
  reason?: string;
  error?: Failure;
  stream?: 'stdout' | 'stderr';
  text?: string;
  /** Of `step.suspended`; `text` is then the event's name, or the question. */
  waitsFor?: 'time' | 'event' | 'answer';
  durationMs?: number;
  /** Of `llm.*`, `step.repairing` and `step.healing`: model, usage, tool, what is wrong … */
  detail?: JsonObject;
  dueAt?: number;
  /** Of fan-outs: how many items there are. */
  total?: number;
  /** Of fan-outs that go on after a restart: how many items had ended. */
  done?: number;
  /** Of fan-outs with few items: what they are called, in item order. */
  labels?: string[];
  workflow?: string;
  /** The step that had the effect of which this one took the result. */
  reusedFrom?: { runId: string; path: string };
}
