/** A problem an author can mend: a value, not an exception. Codes are API; offsets travel, lines are made at the edge. */
import type { Span } from './plan.ts';

export type Severity = 'error' | 'warning';

export interface Diagnostic {
  severity: Severity;
  /** Stable, SCREAMING_SNAKE, documented in docs/diagnostics.md. */
  code: string;
  message: string;
  /** What to type instead. */
  hint?: string;
  span: Span;
  /** Where in the document, such as `steps[2].needs[0]`. */
  path: string;
}
