/**
 * Workflows that call each other in a ring with nothing that could ever end it: no `if`, no fan-out that may be empty. Found
 * before anything begins; calls behind a condition may recurse, up to a depth.
 */
import path from 'node:path';
import { compile, type Diagnostic, type Plan, type StepPlan } from '#compiler';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import type { Project } from './project.ts';
import { findWorkflow, labelOf, type WorkflowFile } from './workflow-files.ts';

export interface Cycle {
  /** Labels of the files, the first one again at the end. */
  files: string[];
  /** The step of the workflow asked about with which the ring begins. */
  step: StepPlan;
}

/** @param file absolute. Files that are not there or do not compile end a path: they fail by themselves. */
export function findCycle(project: Project, plan: Plan, file: string): Cycle | undefined {
  const known = new Map<string, Plan | undefined>([[file, plan]]);
  const clear = new Set<string>();
  const visit = (at: string, trail: readonly string[]): { files: string[]; step: StepPlan } | undefined => {
    const current = known.get(at);
    for (const step of current === undefined ? [] : certainCalls(current)) {
      const target = targetOf(project, step, at, known);
      if (target === undefined || clear.has(target)) continue;
      const begin = [...trail, at].indexOf(target);
      if (begin >= 0) return { files: [...[...trail, at].slice(begin), target], step };
      const found = visit(target, [...trail, at]);
      if (found !== undefined) return { ...found, step };
    }
    clear.add(at);
    return undefined;
  };
  const found = visit(file, []);
  return found && { ...found, files: found.files.map((each) => labelOf(project, each)) };
}

export const cycleText = ({ files }: Cycle): string =>
  `workflows call each other without end: ${files.join(' → ')}`;

/** Calls that are made whenever the workflow runs to its end, by a name that is known beforehand. */
export function certainCalls({ blocks: { steps } }: Plan): StepPlan[] {
  const certain = new Map<string, boolean>();
  const isCertain = (step: StepPlan): boolean => {
    const known = certain.get(step.id);
    if (known !== undefined) return known;
    const isFree = step.if === undefined && step.foreach === undefined && step.matrix === undefined;
    const holds =
      isFree &&
      step.needs.every((id) => {
        const need = steps.find((each) => each.id === id);
        return need === undefined || isCertain(need);
      });
    certain.set(step.id, holds);
    return holds;
  };
  return steps.filter(
    (step) =>
      step.kind === 'workflow' &&
      step.fields.detach !== true &&
      typeof step.fields.workflow === 'string' &&
      !step.fields.workflow.includes('${{') &&
      isCertain(step),
  );
}

export function targetOf(
  project: Project,
  step: StepPlan,
  from: string,
  known: Map<string, Plan | undefined>,
): string | undefined {
  const found = lookUp(project, String(step.fields.workflow), path.dirname(from));
  if (found?.file === undefined) return undefined;
  if (!known.has(found.file)) {
    const pools = Object.keys(project.config.pools);
    const compiled = compile(found.source, { catalog: project.kinds, pools });
    known.set(found.file, compiled.ok ? compiled.plan : undefined);
  }
  return found.file;
}

function lookUp(project: Project, target: string, from: string): WorkflowFile | undefined {
  try {
    return findWorkflow(project, target, from);
  } catch (error) {
    if (error instanceof KeystoneError) return undefined;
    throw error;
  }
}

/** @throws {KeystoneError} WORKFLOW_CYCLE */
export function refuseCycle(project: Project, { plan, file }: { plan: Plan; file?: string }): void {
  const cycle = file === undefined ? undefined : findCycle(project, plan, file);
  if (cycle === undefined) return;
  throw new KeystoneError('WORKFLOW_CYCLE', cycleText(cycle), {
    exitCode: EXIT.usage,
    hint: CYCLE_HINT,
  });
}

/** The same for `validate`, where the call is written. */
export function cycleDiagnostic(project: Project, plan: Plan, file: string): Diagnostic | undefined {
  const cycle = findCycle(project, plan, file);
  return (
    cycle && {
      severity: 'error',
      code: 'WORKFLOW_CYCLE',
      message: cycleText(cycle),
      hint: CYCLE_HINT,
      span: cycle.step.fieldSpans.workflow ?? cycle.step.span,
      path: '',
    }
  );
}

const CYCLE_HINT = 'give one of these steps an `if`, so that it ends some time';
