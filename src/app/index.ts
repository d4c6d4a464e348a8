/** Use cases: what every face of keystone, and its library, can do. */
export { type Cancellation, cancelRun } from './cancel-run.ts';
export { DiagnosticsError } from './diagnostics-error.ts';
export { GRAPH_FORMATS, GRAPH_VIEWS, type GraphFormat, type GraphView } from './graph/model.ts';
export { graphOf } from './graph-of.ts';
export { openProject, type Project, type ProjectOptions } from './project.ts';
export { type ProvedFile, proveFiles } from './prove-workflow.ts';
export { type LogPiece, readLogs } from './read-logs.ts';
export { latestResumable, type ResumeOptions, resumeRun } from './resume-run.ts';
export { runWorkflow } from './run-workflow.ts';
export { checkpoint, listRuns, resolveRunId, showRun } from './runs.ts';
export * from './types.ts';
export { type Explanation, why } from './why.ts';
export {
  type CheckedFile,
  type DryRun,
  describeWorkflow,
  dryRun,
  listWorkflows,
  validateFiles,
  type WorkflowInfo,
} from './workflows.ts';
