/** `validate --prove`: what a workflow does in every run, found out before the first one. */
import path from 'node:path';
import { compile, type Plan, type Proof, prove, type SlotWorld } from '#compiler';
import { KeystoneError } from '../kernel/failure.ts';
import { sliceExplorer } from './explore-slice.ts';
import type { Project } from './project.ts';
import { findWorkflow, readWorkflow } from './workflow-files.ts';
import { type CheckedFile, checkFiles } from './workflows.ts';

export interface ProvedFile extends CheckedFile {
  /** Absent when the file has errors, which must be mended first. */
  proof?: Proof;
}

/** @param paths as `validateFiles` takes them. */
export async function proveFiles(
  project: Project,
  paths: readonly string[],
  options: { strict: boolean },
): Promise<{ files: ProvedFile[] }> {
  const files = await checkFiles(project, paths, options);
  return {
    files: files.map(({ checked, plan }) => {
      const wrong = checked.diagnostics.some(({ severity }) => severity === 'error');
      return wrong || plan === undefined ? checked : { ...checked, proof: proofOf(project, checked, plan) };
    }),
  };
}

function proofOf(project: Project, { file, source }: { file: string; source: string }, plan: Plan): Proof {
  return prove(plan, {
    catalog: project.kinds,
    source,
    file: path.resolve(project.cwd, file),
    slots: slotsOf(project),
    explorer: sliceExplorer,
  });
}

function slotsOf(project: Project): SlotWorld {
  const { concurrency, pools } = project.config;
  const children = new Map<string, ReturnType<SlotWorld['child']>>();
  return {
    concurrency,
    pools: Object.fromEntries(Object.entries(pools).map(([name, { limit }]) => [name, limit])),
    child(target, from) {
      const key = JSON.stringify([target, from && path.dirname(from)]);
      const child = children.get(key) ?? findChild(project, target, from);
      children.set(key, child);
      return child;
    },
  };
}

function findChild(
  project: Project,
  target: string,
  from: string | undefined,
): ReturnType<SlotWorld['child']> {
  try {
    const found = findWorkflow(project, target, from === undefined ? project.cwd : path.dirname(from));
    const { source } = found.file === undefined ? found : readWorkflow(project, found.file);
    const compiled = compile(source, { catalog: project.kinds, pools: Object.keys(project.config.pools) });
    if (!compiled.ok) return { unknown: `${target} has errors` };
    return { plan: compiled.plan, file: found.file ?? '' };
  } catch (error) {
    if (error instanceof KeystoneError) return { unknown: error.message };
    throw error;
  }
}
