/** Use cases: what every face of keystone, and its library, can do. */
export { type Answered, answerRun, findQuestion, listQuestions, type Question } from './answer-run.ts';
export { answerProblem, choicesOf, labelOf, parseAnswer } from './answer-text.ts';
export { type ArtifactInfo, type FetchedArtifact, getArtifact, listArtifacts } from './artifacts.ts';
export { type Cancellation, cancelRun } from './cancel-run.ts';
export { clearDedup, type DedupView, listDedup, pruneDedup } from './dedup.ts';
export { DiagnosticsError } from './diagnostics-error.ts';
export { examine, type Finding } from './doctor.ts';
export { GRAPH_FORMATS, GRAPH_VIEWS, type GraphFormat, type GraphView } from './graph/model.ts';
export { graphOf } from './graph-of.ts';
export { inputsOfRun } from './inputs-of-run.ts';
export { listPools, type PoolView } from './list-pools.ts';
export { listTimers, type TimerView } from './list-timers.ts';
export type { AskedSecret, AskSecrets } from './load-secrets.ts';
export { type Manifest, manifestOf } from './manifest.ts';
export { type Pause, pauseRun, type Unpause, unpauseRun } from './pause-run.ts';
export { openProject, type Project, type ProjectOptions } from './project.ts';
export { type ProvedFile, proveFiles } from './prove-workflow.ts';
export { type LogPiece, readLogs } from './read-logs.ts';
export {
  previewRerun,
  type RerunOptions,
  type RerunPreview,
  rerunRun,
  resolveRerun,
} from './rerun.ts';
export { latestResumable, type ResumeOptions, resumeRun } from './resume-run.ts';
export { type PrunedRun, type Pruning, pruneRuns } from './retention.ts';
export { type Rollback, type RollbackRequest, rollbackRun } from './rollback-run.ts';
export { runScheduler, type SchedulerOptions } from './run-scheduler.ts';
export { runWorkflow } from './run-workflow.ts';
export { checkpoint, listRuns, resolveRunId, showRun } from './runs.ts';
export { type EventRequest, type SentEvent, sendEvent } from './send-event.ts';
export { findStepPath } from './steps-of-run.ts';
export { answerCommand, answerExample } from './suspensions.ts';
export { type TrustQuestion, trust, trustQuestion } from './trust.ts';
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
