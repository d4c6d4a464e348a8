/** Workflows before they run: listing, describing, validating, dry-running, drawing. */

import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import {
  compile,
  type Diagnostic,
  ExpressionError,
  evaluate,
  type Plan,
  type Scope,
  type StepPlan,
} from '#compiler';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import type { JsonObject } from '../kernel/json.ts';
import { MASK } from '../kernel/redact.ts';
import { selectedSteps } from '../runtime/index.ts';
import { foreachText } from './graph/step-node.ts';
import { compileWorkflow, resolveInputs } from './prepare-run.ts';
import type { Project } from './project.ts';
import { RunSecrets } from './run-secrets.ts';
import { workflowOf } from './run-workflow.ts';
import { selectionOf } from './select-steps.ts';
import type { RunRequest } from './types.ts';
import { cycleDiagnostic } from './workflow-cycles.ts';
import {
  findWorkflowFile,
  labelOf,
  namedWorkflows,
  readWorkflow,
  type WorkflowFile,
} from './workflow-files.ts';

export interface WorkflowInfo {
  name: string;
  file: string;
  description?: string;
  inputs: Plan['inputs'];
}

/** Workflows known by name; those that do not compile are left to `validate`. */
export async function listWorkflows(project: Project): Promise<WorkflowInfo[]> {
  return namedWorkflows(project).flatMap((file) => {
    const found = readIfPossible(project, file);
    if (found === undefined) return [];
    const compiled = compile(found.source, {
      catalog: project.kinds,
      pools: Object.keys(project.config.pools),
    });
    return compiled.ok ? [infoOf(compiled.plan, found)] : [];
  });
}

function readIfPossible(project: Project, file: string): WorkflowFile | undefined {
  try {
    return readWorkflow(project, file);
  } catch (error) {
    if (error instanceof KeystoneError) return undefined;
    throw error;
  }
}

export async function describeWorkflow(
  project: Project,
  request: { workflow: string; source?: string },
): Promise<WorkflowInfo> {
  const workflow = compileWorkflow(project, workflowOf(project, request));
  return infoOf(workflow.plan, workflow);
}

const infoOf = (plan: Plan, found: WorkflowFile): WorkflowInfo => ({
  name: plan.name,
  file: found.label,
  ...(plan.description !== undefined && { description: plan.description }),
  inputs: plan.inputs,
});

export interface CheckedFile {
  file: string;
  source: string;
  diagnostics: readonly Diagnostic[];
}

/** @param paths files, folders (every .yaml and .yml below) or names; none: all workflows of the project. */
export async function validateFiles(
  project: Project,
  paths: readonly string[],
  options: { strict: boolean },
): Promise<{ files: CheckedFile[] }> {
  return { files: (await checkFiles(project, paths, options)).map(({ checked }) => checked) };
}

/** As `validateFiles`, with the plans of the files that have one. */
export async function checkFiles(
  project: Project,
  paths: readonly string[],
  options: { strict: boolean },
): Promise<{ checked: CheckedFile; plan?: Plan }[]> {
  const files =
    paths.length === 0
      ? namedWorkflows(project)
      : (await Promise.all(paths.map((given) => expand(project, given)))).flat();
  return files.map((file) => checkFile(project, file, options));
}

/** A file that cannot be read is a problem of that file, and no reason to leave the others unchecked. */
function checkFile(
  project: Project,
  file: string,
  { strict }: { strict: boolean },
): { checked: CheckedFile; plan?: Plan } {
  try {
    const { label, source } = readWorkflow(project, file);
    const pools = Object.keys(project.config.pools);
    const compiled = compile(source, { catalog: project.kinds, pools, strict });
    const cycle = compiled.ok ? cycleDiagnostic(project, compiled.plan, file) : undefined;
    const diagnostics = [...compiled.diagnostics, ...(cycle ? [cycle] : [])];
    return { checked: { file: label, source, diagnostics }, ...(compiled.ok && { plan: compiled.plan }) };
  } catch (error) {
    if (!(error instanceof KeystoneError)) throw error;
    const { code, message, hint } = error;
    const span = { start: 0, end: 0 };
    const problem = { severity: 'error' as const, code, message, span, path: '', ...(hint && { hint }) };
    return { checked: { file: labelOf(project, file), source: '', diagnostics: [problem] } };
  }
}

async function expand(project: Project, given: string): Promise<string[]> {
  const absolute = path.resolve(project.cwd, given);
  if (existsSync(absolute) && statSync(absolute).isDirectory()) {
    const { glob } = await import('tinyglobby');
    const found = await glob(['**/*.{yaml,yml}'], {
      cwd: absolute,
      absolute: true,
      ignore: ['**/node_modules/**'],
    });
    if (found.length === 0)
      throw new KeystoneError('NO_FILES', `no .yaml or .yml file in ${given}`, { exitCode: EXIT.usage });
    return found.sort();
  }
  if (/[*?{]/.test(given)) {
    const { glob } = await import('tinyglobby');
    const found = await glob([given], { cwd: project.cwd, absolute: true });
    if (found.length === 0)
      throw new KeystoneError('NO_FILES', `no file matches ${given}`, { exitCode: EXIT.usage });
    return found.sort();
  }
  return [findWorkflowFile(project, given)];
}

export interface DryRun {
  workflow: string;
  inputs: JsonObject;
  steps: { id: string; block: string; kind: string; needs: string[]; if?: string; would: string }[];
}

/** What a run would do, with everything evaluated that is known beforehand. Executes nothing, writes nothing. */
export async function dryRun(project: Project, request: RunRequest): Promise<DryRun> {
  const { plan } = compileWorkflow(project, workflowOf(project, request));
  const inputs = resolveInputs(plan, request.inputs ?? {});
  const { redactor } = new RunSecrets({ plan, inputs, values: {} });
  const selection = selectionOf(plan, request);
  const selected = selection && selectedSteps(plan.blocks.steps, selection);
  // Nobody is asked for secrets to say what a run would do.
  const masks = Object.fromEntries(Object.keys(plan.secrets ?? {}).map((name) => [name, MASK]));
  const steps = (['steps', 'errors', 'finally'] as const).flatMap((block) =>
    plan.blocks[block].map((step) => ({
      id: step.id,
      block,
      kind: step.kind,
      needs: step.needs,
      ...(step.if !== undefined && { if: step.if }),
      would:
        block === 'steps' && selected?.has(step.id) === false
          ? 'nothing: it is left out'
          : redactor.text(wouldDo(project, step, { inputs, secrets: masks })),
    })),
  );
  return { workflow: plan.name, inputs: redactor.json(inputs), steps };
}

/** Fields that depend on what other steps put out are shown as written. */
function wouldDo(project: Project, step: StepPlan, scope: Scope): string {
  const hooks = { now: () => project.clock.now(), uuid: () => '00000000-0000-4000-8000-000000000000' };
  const fields: JsonObject = {};
  for (const [name, written] of Object.entries(step.fields)) {
    try {
      fields[name] = evaluate(written, scope, { hooks });
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      fields[name] = written;
    }
  }
  const kind = project.kinds.get(step.kind);
  const config = Object.entries(project.config).find(([name]) => name === kind?.config)?.[1];
  const described = kind?.describe?.(fields as never, config) ?? `${step.kind} ${JSON.stringify(fields)}`;
  const foreach = foreachText(step);
  if (foreach !== undefined)
    return `for each ${foreach.startsWith('line of ') ? foreach : `of ${foreach}`}: ${described}`;
  return step.matrix === undefined
    ? described
    : `for each combination of ${Object.keys(step.matrix.axes).join(' × ')}: ${described}`;
}
