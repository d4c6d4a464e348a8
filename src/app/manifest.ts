/** What a workflow may do to the world, with all sub-workflows its text names: read, never run. */
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { BLOCK_NAMES, type Plan, type StepPlan } from '#compiler';
import type { Permission } from '../steps/define.ts';
import { type CompiledWorkflow, compileWorkflow } from './prepare-run.ts';
import type { Project } from './project.ts';
import { workflowOf } from './run-workflow.ts';
import { targetOf } from './workflow-cycles.ts';
import { readWorkflow } from './workflow-files.ts';

export interface ManifestFile {
  file: string;
  /** sha256 of the text. */
  sha256: string;
  /** It is not in the project's folder, so it has to be trusted before it may start programs or reach the network. */
  outside: boolean;
}

export interface ManifestPermission extends Permission {
  /** `<workflow>.<step>`, in the order of the text. */
  steps: string[];
}

export interface Manifest {
  workflow: string;
  /** The workflow's own file first. */
  files: ManifestFile[];
  permissions: ManifestPermission[];
  /** Names read as `secrets.<name>`. */
  secrets: string[];
  /** Names of the inputs that are secret. */
  secretInputs: string[];
  /** Sub-workflows whose names are only known when the run gets there. */
  unknown: string[];
}

/** @throws {DiagnosticsError} the workflow does not compile. */
export function manifestOf(project: Project, request: { workflow: string; source?: string }): Manifest {
  return manifestOfWorkflow(project, compileWorkflow(project, workflowOf(project, request)));
}

export function manifestOfWorkflow(project: Project, workflow: CompiledWorkflow): Manifest {
  const plans = withChildren(project, workflow);
  const permissions = new Map<string, ManifestPermission>();
  const unknown = new Set<string>();
  for (const plan of plans.values())
    for (const step of everyStep(plan)) {
      const place = `${plan.name}.${step.id}`;
      for (const permission of permissionsOf(project, step)) add(permissions, permission, place);
      const called = String(step.fields.workflow ?? '');
      if (step.kind === 'workflow' && called.includes('${{')) unknown.add(`${called} (${place})`);
    }
  const all = [...plans.values()];
  return {
    workflow: workflow.plan.name,
    files: [...plans.keys()].map((file) => fileOf(project, workflow, file)),
    permissions: [...permissions.values()].sort((a, b) => ORDER.indexOf(a.to) - ORDER.indexOf(b.to)),
    secrets: [...new Set(all.flatMap(({ secrets = {} }) => Object.keys(secrets)))].sort(),
    secretInputs: Object.entries(workflow.plan.inputs).flatMap(([name, { secret }]) =>
      secret ? [name] : [],
    ),
    unknown: [...unknown],
  };
}

function permissionsOf(project: Project, step: StepPlan): readonly Permission[] {
  const kind = project.kinds.get(step.kind);
  const config = Object.entries(project.config).find(([name]) => name === kind?.config)?.[1];
  return [...linesRead(step), ...(kind?.permissions?.(step.fields, config) ?? [])];
}

/** `foreach` over the lines of a file reads it, whatever the kind. */
function linesRead({ foreach }: StepPlan): Permission[] {
  if (typeof foreach !== 'object' || Array.isArray(foreach)) return [];
  return [{ to: 'read', what: String(foreach.lines) }];
}

const ORDER: readonly Permission['to'][] = [
  'unsandboxed',
  'run',
  'engine',
  'model',
  'connect',
  'write',
  'read',
];
/** Text from standard input has no file. */
const STDIN = '';

function withChildren(project: Project, { plan, file = STDIN }: CompiledWorkflow): Map<string, Plan> {
  const known = new Map<string, Plan | undefined>([[file, plan]]);
  const reached = new Map<string, Plan>([[file, plan]]);
  // A map gives the entries that are added while it is walked, too.
  for (const [at, current] of reached)
    for (const step of everyStep(current)) {
      if (step.kind !== 'workflow' || String(step.fields.workflow).includes('${{')) continue;
      const from = at === STDIN ? path.join(project.cwd, 'stdin') : at;
      const target = targetOf(project, step, from, known);
      const child = target === undefined ? undefined : known.get(target);
      if (target !== undefined && child !== undefined && !reached.has(target)) reached.set(target, child);
    }
  return reached;
}

/** Undos included. */
function everyStep(plan: Plan): StepPlan[] {
  const own = plan.compensate === undefined ? [] : [plan.compensate];
  return [...BLOCK_NAMES.flatMap((block) => plan.blocks[block]), ...own].flatMap((step) =>
    step.compensate === undefined ? [step] : [step, step.compensate],
  );
}

function add(permissions: Map<string, ManifestPermission>, { to, what }: Permission, place: string): void {
  const key = `${to} ${what}`;
  const known = permissions.get(key);
  if (known === undefined) permissions.set(key, { to, what, steps: [place] });
  else if (!known.steps.includes(place)) known.steps.push(place);
}

function fileOf(project: Project, workflow: CompiledWorkflow, file: string): ManifestFile {
  const isOwn = file === (workflow.file ?? STDIN);
  const { label, source } = isOwn ? workflow : readWorkflow(project, file);
  return {
    file: label,
    sha256: createHash('sha256').update(source).digest('hex'),
    // What is piped in was put there by whoever typed the command.
    outside: file !== STDIN && isOutside(project.root, file),
  };
}

function isOutside(root: string, file: string): boolean {
  const way = path.relative(realpathSync(root), realpathSync(file));
  return way.startsWith('..') || path.isAbsolute(way);
}
