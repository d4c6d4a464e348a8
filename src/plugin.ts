/** What a plugin that brings step kinds needs: the same `defineStep` the built-in kinds use. */
export { StepFailure } from './kernel/failure.ts';
export type { Json, JsonObject } from './kernel/json.ts';
export { defineStep, type StepContext, type StepKind, type StepResult } from './steps/define.ts';
