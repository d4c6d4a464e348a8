/** The steps a run has, begun or not: for commands that are given one by what a person types. */
import { BLOCK_NAMES, nearest, type Plan } from '#compiler';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import { stepPath } from '../runtime/index.ts';
import type { StepRow } from '../store/port.ts';
import { type Project, withStore } from './project.ts';
import { readPlan } from './resume-run.ts';

/** The path as given. @throws {KeystoneError} RUN_NOT_FOUND, STEP_NOT_FOUND with the nearest one. */
export async function findStepPath(project: Project, runId: string, path: string): Promise<string> {
  return withStore(project, async (store) => {
    const image = await store.image(runId);
    if (image === undefined)
      throw new KeystoneError('RUN_NOT_FOUND', `no run ${runId}`, {
        exitCode: EXIT.usage,
        hint: 'see: keystone history',
      });
    const rows = new Map<string, StepRow>();
    await store.eachStep(runId, (row) => rows.set(row.path, row));
    requireStepPath(readPlan(image), rows, runId, path);
    return path;
  });
}

/** @param rows latest row of every path that has one */
export function requireStepPath(
  plan: Plan,
  rows: ReadonlyMap<string, StepRow>,
  runId: string,
  path: string,
): void {
  const whole = path.replace(/\[\d+\]$/, '');
  const known = pathsOf(plan);
  if (!known.includes(whole) && !rows.has(path))
    throw notFound(`run ${runId} of ${plan.name} has no step "${path}"`, didYouMean(whole, known));
  if (whole === path || rows.has(path)) return;
  const row = rows.get(whole);
  const total = row?.fanOut?.total;
  if (!fansOut(plan, whole) || total === 0 || (total === undefined && row?.finishedAt !== undefined))
    throw notFound(`step "${whole}" of run ${runId} has no items`, `look at the whole step: ${whole}`);
  const index = Number(/\[(\d+)\]$/.exec(path)?.[1]);
  if (total !== undefined && index >= total)
    throw notFound(`run ${runId} has no ${path}`, `its items: ${whole}[0] to ${whole}[${total - 1}]`);
}

function fansOut(plan: Plan, path: string): boolean {
  const step = BLOCK_NAMES.flatMap((block) =>
    plan.blocks[block].filter(({ id }) => stepPath(block, id) === path.replace(/^compensate\//, '')),
  )[0];
  return step?.foreach !== undefined || step?.matrix !== undefined;
}

/** In the order of the plan, then the undos. */
function pathsOf(plan: Plan): string[] {
  const steps = BLOCK_NAMES.flatMap((block) =>
    plan.blocks[block].map(({ id, compensate }) => ({ path: stepPath(block, id), compensate })),
  );
  const undos = steps.filter(({ compensate }) => compensate !== undefined);
  return [...steps.map(({ path }) => path), ...undos.map(({ path }) => `compensate/${path}`)];
}

/** Also found by its id alone: `notify` for `finally/notify`. */
function didYouMean(path: string, known: readonly string[]): string {
  const idOf = (each: string): string => each.replace(/^.*\//, '');
  const id = idOf(path);
  const similar =
    known.find((each) => idOf(each) === id) ??
    nearest(path, known) ??
    known.find((each) => idOf(each) === nearest(id, known.map(idOf)));
  const listed = known.length > 12 ? `${known.slice(0, 12).join(', ')} …` : known.join(', ');
  return similar === undefined ? `its steps: ${listed}` : `did you mean ${similar}?`;
}

const notFound = (message: string, hint: string): KeystoneError =>
  new KeystoneError('STEP_NOT_FOUND', message, { exitCode: EXIT.usage, hint });
