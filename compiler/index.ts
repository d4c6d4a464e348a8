/** Text in, machine or diagnostics out. The only door to the compiler for everything in `src/`. */
export type { KindSpec, StepCatalog } from './catalog.ts';
export { workflowJsonSchema } from './check/language/published-schema.ts';
export { nearest } from './check/nearest.ts';
export { type Compiled, type CompileOptions, compile } from './compile.ts';
export type { Diagnostic, Severity } from './diagnostic.ts';
export * from './emit/emitted.ts';
export { type EmitOptions, emitBlock } from './emit/index.ts';
export { stepIdsOf } from './emit/step-ids.ts';
export {
  type EvaluateOptions,
  type EvaluationHooks,
  ExpressionError,
  evaluate,
  evaluateExpression,
  isTruthy,
  type Reference,
  referencesOf,
  type Scope,
  usesStatusFunction,
} from './expr/index.ts';
export { parseDuration } from './lower/duration.ts';
export { canonical, hashPlan } from './lower/hash.ts';
export { successesWanted } from './lower/join.ts';
export { combinationLabel, MatrixError, resolveMatrix } from './lower/matrix.ts';
export * from './plan.ts';
export type { Fate } from './prove/fate.ts';
export type { SlotWorld } from './prove/pools.ts';
export type { FailurePoint, Finding, Proof, Question, QuestionAnswer, Trace } from './prove/proof.ts';
export { type ProveOptions, prove } from './prove/prove.ts';
export type { Slice, SliceEvent, SliceExplorer, SliceState } from './prove/slice.ts';
export { formatDiagnostic, locate, snippetAt } from './read/locate.ts';
export { offsetInValue } from './read/scalar-offset.ts';
export { schemaProblems, validateValue } from './schema.ts';
export { type Edge, edgesOf } from './shape/edges.ts';
export { isSoftJoin } from './shape/soft-join.ts';
