/** Text in, machine or diagnostics out. The only door to the compiler for everything in `src/`. */
export type { KindSpec, StepCatalog } from './catalog.ts';
export { type CompileOptions, type Compiled, compile } from './compile.ts';
export type { Diagnostic, Severity } from './diagnostic.ts';
export * from './emit/emitted.ts';
export { emitBlock } from './emit/index.ts';
export {
  type EvaluateOptions,
  type EvaluationHooks,
  evaluate,
  evaluateExpression,
  ExpressionError,
  type Reference,
  referencesOf,
  type Scope,
  usesStatusFunction,
} from './expr/index.ts';
export * from './plan.ts';
export { formatDiagnostic, locate } from './read/locate.ts';
