/** What a proof says: an answer for each question, and for each doubt the run that shows it. */
import type { Span } from '../plan.ts';
import type { Fate } from './fate.ts';

export const QUESTIONS = ['joins', 'references', 'waits', 'steps', 'handlers', 'pools'] as const;
export type Question = (typeof QUESTIONS)[number];

/** A run, told shortly: what holds at the start, how steps end in this order, what is wrong then. */
export interface Trace {
  /** Such as `inputs.env is "prod"`. */
  given: string[];
  events: { step: string; ends: Fate; why?: string }[];
  outcome: string;
}

export interface Finding {
  question: Question;
  /** `unknown`: neither proved nor refuted; `message` says why. */
  answer: 'refuted' | 'unknown';
  /** `note`: what the author will have meant, said for the record; never a reason to fail. */
  severity: 'error' | 'warning' | 'note';
  /** Stable, SCREAMING_SNAKE, documented in docs/prove.md. */
  code: string;
  message: string;
  hint?: string;
  span: Span;
  /** Where in the document, such as `steps[2].if`. */
  path: string;
  /** Ledger path of the step that is concerned, or empty. */
  step: string;
  trace?: Trace;
  /** The emitted statechart of the region was driven along the trace and came to the same end. */
  confirmed?: boolean;
}

export interface QuestionAnswer {
  question: Question;
  /** Things asked about: joins, references, steps, handlers, steps that hold slots. */
  asked: number;
  proved: number;
  refuted: number;
  unknown: number;
}

/** What is undone when a step fails, and what stays. */
export interface FailurePoint {
  /** Ledger path. */
  step: string;
  span: Span;
  /** Undone last to first: every step comes before the ones it came after; see `Proof.undoneBefore` for the exact order. */
  undone: string[];
  /** Of those: only when they had begun by then, which this failure does not imply. */
  maybe: string[];
  /** Steps that may have had an effect by then which nothing takes back: neither `compensate` nor `idempotencyKey`. */
  left: string[];
}

export interface Proof {
  answers: QuestionAnswer[];
  findings: Finding[];
  failurePoints: FailurePoint[];
  /** The partial order of undoing: the first is undone before the second, because it completed after it. Reduced. */
  undoneBefore: [string, string][];
  /** What was taken for granted or left open for the whole workflow. */
  assumptions: string[];
}
