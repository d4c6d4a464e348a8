/**
 * The library: compile, validate and run workflows durably from a program. The CLI uses nothing else.
 *
 * @example
 * const project = await open({ cwd: '.' });
 * const run = await runWorkflow(project, { workflow: 'release', inputs: { env: 'dev' } });
 * const off = run.subscribe((event) => console.log(event.type, event.path));
 * const { status, outputs } = await run.result;
 */
import { openProject, type Project, type ProjectOptions } from './app/index.ts';
import { loadConfig } from './config/index.ts';

export { type Compiled, compile, type Diagnostic, emitBlock, formatDiagnostic, type Plan } from '#compiler';
export * from './app/index.ts';
export { type Failure, KeystoneError, StepFailure } from './kernel/failure.ts';
export { builtinCatalog } from './steps/catalog.ts';
export { defineStep, type StepContext, type StepKind, type StepResult } from './steps/define.ts';
export { openStore, type StoreOptions } from './store/index.ts';
export type { Store } from './store/port.ts';

/** Opens the project at `cwd` (the nearest ancestor with `.keystone/`, else `cwd` itself) with its configuration. */
export async function open(options: Omit<ProjectOptions, 'config'>): Promise<Project> {
  const { config } = await loadConfig({ cwd: options.cwd });
  return openProject({ ...options, config });
}

/** Cancels, pauses or looks at runs through the handle that `runWorkflow` and `resumeRun` give. */
export { validateFiles as validate } from './app/index.ts';
