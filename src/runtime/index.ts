/** Runs compiled plans durably. Names no step kind and no store backend. */

export { actorPathOf } from './actor-path.ts';
export { heldAtBreakpoints } from './breakpoints.ts';
export { isToBeUndone } from './compensation-stack.ts';
export type { RunConclusion } from './conclude.ts';
export type { RunSetup, Sealer } from './create-context.ts';
export { Engine, LEASE_MS } from './engine.ts';
export { type Items, isFanOut } from './items.ts';
export { planRerun, type RerunPlan, type RerunStep } from './rerun-plan.ts';
export type { Flight, RunPorts } from './run-context.ts';
export { RunHost } from './run-host.ts';
export { toEnvText } from './scope.ts';
export { readSelection, type Selection, selectedSteps } from './selection.ts';
export type { RunLimits, SlotLimits } from './slots.ts';
export { StepIndex, stepPath, WORKFLOW_SCOPE } from './step-path.ts';
export { checkAnswer, deliverAnswer } from './waits.ts';
