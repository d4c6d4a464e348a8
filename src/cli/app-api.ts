/** What the command line needs of the app layer; `src/app/index.ts` satisfies it, tests bring their own. */
import type { Diagnostic } from '#compiler';
import type { RunHandle, RunRequest, RunResult } from '../app/types.ts';
import type { Config } from '../config/index.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import type { RunFilter, RunStatus } from '../store/port.ts';

export interface Project {
  /** Absolute. */
  root: string;
  config: Config;
}

export interface CheckedFile {
  file: string;
  source: string;
  diagnostics: readonly Diagnostic[];
}

/** What is known of an input before a run: enough to convert `-i k=v`, to list and to complete. */
export interface InputInfo {
  /** JSON Schema of the value. */
  schema: JsonObject;
  default?: Json;
  description?: string;
  secret: boolean;
  required: boolean;
}

export interface WorkflowInfo {
  name: string;
  file: string;
  description?: string;
  inputs: Record<string, InputInfo>;
}

export interface DryRun {
  workflow: string;
  inputs: JsonObject;
  steps: {
    id: string;
    block: string;
    kind: string;
    needs: string[];
    if?: string;
    /** One line: what the step would do. */
    would: string;
  }[];
}

export interface Cancellation {
  runId: string;
  was: RunStatus;
  delivered: 'sent' | 'settled-already' | 'canceled-dormant';
}

export interface LogPiece {
  path: string;
  attempt: number;
  stream: 'stdout' | 'stderr';
  text: string;
}

export interface Explanation {
  step: string;
  status: string;
  /** Sentences. */
  lines: string[];
}

export type RunSummary = Omit<RunResult, 'steps'>;
export type GraphFormat = 'mermaid' | 'svg' | 'html' | 'json' | 'xstate' | 'ascii' | 'dot';
export type GraphView = 'statechart' | 'dag';

export interface AppApi {
  openProject(options: { cwd: string; config: Config }): Promise<Project> | Project;
  runWorkflow(project: Project, request: RunRequest): Promise<RunHandle>;
  resumeRun(
    project: Project,
    runId: string,
    options: { inputs?: JsonObject; wait?: number | boolean },
  ): Promise<RunHandle>;
  latestResumable(project: Project, workflow: string): Promise<string | undefined>;
  dryRun(project: Project, request: RunRequest): Promise<DryRun>;
  cancelRun(project: Project, runId: string): Promise<Cancellation>;
  validateFiles(
    project: Project,
    paths: string[],
    options: { strict: boolean },
  ): Promise<{ files: CheckedFile[] }>;
  graphOf(
    project: Project,
    target: string,
    options: { format: GraphFormat; view: GraphView },
  ): Promise<string>;
  listRuns(project: Project, filter: RunFilter): Promise<RunSummary[]>;
  showRun(project: Project, runId: string): Promise<RunResult>;
  readLogs(
    project: Project,
    runId: string,
    step: string | undefined,
    options: { follow: boolean },
  ): AsyncIterable<LogPiece>;
  why(project: Project, runId: string, step: string): Promise<Explanation>;
  listWorkflows(project: Project): Promise<WorkflowInfo[]>;
  /** The inputs of one workflow: by name, path, or from text. */
  describeWorkflow(project: Project, request: { workflow: string; source?: string }): Promise<WorkflowInfo>;
  resolveRunId(project: Project, text: string): Promise<string>;
  checkpoint(project: Project): Promise<void>;
}
