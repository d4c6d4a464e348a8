/** What a rule gets: the document, facts about it gathered once, and where to report. */
import type { StepCatalog } from '../catalog.ts';
import type { Severity } from '../diagnostic.ts';
import type { Span } from '../plan.ts';
import type { SourceDoc } from '../read/source-doc.ts';
import type { ExpressionSite } from './expression-sites.ts';
import type { WorkflowFacts } from './facts.ts';
import type { ImpliedNeeds } from './implied-needs.ts';

export interface Problem {
  code: string;
  message: string;
  span: Span;
  path: string;
  /** A function for hints that cost a search; only called while they are still shown. */
  hint?: string | undefined | (() => string | undefined);
  /** @default 'error' */
  severity?: Severity;
}
export type Report = (problem: Problem) => void;

export interface CheckContext {
  readonly doc: SourceDoc;
  readonly catalog: StepCatalog;
  /** Names of pools configured outside the workflow. */
  readonly configuredPools: readonly string[];
  readonly facts: WorkflowFacts;
  /** Every place of the workflow that may hold an expression, parsed. */
  readonly sites: readonly ExpressionSite[];
  /** By step: needs that follow from references. */
  readonly implied: ImpliedNeeds;
  readonly report: Report;
}

export type Rule = (context: CheckContext) => void;
