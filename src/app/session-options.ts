/** What a run in this process is made of. */
import type { Redactor } from '../kernel/redact.ts';
import type { Engine, RunSetup } from '../runtime/index.ts';
import type { AttachedInspector } from './inspect.ts';
import type { CompiledWorkflow } from './prepare-run.ts';
import type { Project } from './project.ts';
import type { RunSecrets } from './run-secrets.ts';

export interface SessionOptions {
  project: Project;
  engine: Engine;
  /** Gives the engine back; called once when the session is over. */
  release(): Promise<void>;
  workflow: CompiledWorkflow;
  secrets: RunSecrets;
  /** Of `secrets`. */
  redactor: Redactor;
  cwd: string;
  /** See RunRequest.wait. */
  wait: number | boolean | undefined;
  /** For a child: how deep. */
  depth: number;
  /** Everything of RunSetup that the session does not provide itself. */
  setup: Pick<
    RunSetup,
    'runId' | 'rootRunId' | 'inputs' | 'secrets' | 'env' | 'facts' | 'seed' | 'pinned' | 'startedAt' | 'seq'
  > & {
    /** Steps at once; undefined: no limit of its own. */
    concurrency: number | undefined;
  };
  inspector?: AttachedInspector;
  /** See RunHandle.notices. */
  notices?: readonly string[];
}
