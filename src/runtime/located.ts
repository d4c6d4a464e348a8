/** Where in the workflow a failure comes from: attached once, when the step settles, and shown with the lines around it. */
import type { Failure } from '../kernel/failure.ts';
import type { Place, RunContext } from './run-context.ts';
import type { StepRef } from './step-path.ts';

/** The field a failure speaks of, by its code; any other is about the step as a whole. */
const FIELD_OF_CODE: Readonly<Record<string, string>> = {
  BAD_DURATION: 'duration',
  CONCURRENCY: 'concurrency',
  FOREACH_NOT_ARRAY: 'foreach',
  INPUT_SCHEMA: 'inputSchema',
  MATRIX: 'strategy',
  OUTPUT_SCHEMA: 'outputSchema',
  TIMEOUT: 'timeout',
  TOTAL_TIMEOUT: 'totalTimeout',
};

/** Adds `file`, `line` and `column` to the details. A canceled step is nobody's mistake and gets none. */
export function located(
  run: RunContext,
  { step }: StepRef,
  failure: Failure | undefined,
): Failure | undefined {
  if (failure === undefined || failure.code === 'CANCELED') return failure;
  const { details } = failure;
  const known = details !== null && typeof details === 'object' && !Array.isArray(details) ? details : {};
  if (typeof known.line === 'number') return failure;
  const field = typeof known.field === 'string' ? known.field : FIELD_OF_CODE[failure.code];
  const span = step.fieldSpans[field ?? ''] ?? step.span;
  return { ...failure, details: { ...known, ...run.ports.place(span.start) } };
}

/** Where a character of a field's text stands; where the step does, when the field is no text. */
export function placeInField(run: RunContext, { step }: StepRef, field: string, offset: number): Place {
  const span = step.fieldSpans[field] ?? step.span;
  const text = step.fields[field];
  return typeof text === 'string' ? run.ports.placeIn(span, text, offset) : run.ports.place(span.start);
}
