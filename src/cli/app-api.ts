/** The app layer as a type: the layer itself is imported when a command needs it. */
import type * as App from '../app/index.ts';

export type AppApi = typeof App;
export type {
  ArtifactInfo,
  AskedSecret,
  AskSecrets,
  Cancellation,
  CheckedFile,
  DedupView,
  DryRun,
  Explanation,
  Finding,
  GraphFormat,
  GraphView,
  LogPiece,
  Manifest,
  Pause,
  PoolView,
  Project,
  ProvedFile,
  PrunedRun,
  Pruning,
  Question,
  RerunPreview,
  Rollback,
  RunResult,
  TimerView,
  TrustQuestion,
  WorkflowInfo,
} from '../app/index.ts';

export type RunStatus = App.RunResult['status'];
/** What is known of an input before a run: enough to convert `-i k=v`, to ask for it, to list and to complete. */
export type InputInfo = App.WorkflowInfo['inputs'][string];
/** A run as lists show it. */
export type RunSummary = Omit<App.RunResult, 'steps'>;
