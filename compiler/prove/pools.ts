/**
 * Can steps wait for slots for ever? Only a step that holds a slot while another run works for it can: all slots of a resource
 * are held by such steps, and each waits for one more. Kinds that hold no slot while they wait are out of it.
 */
import type { StepCatalog } from '../catalog.ts';
import { BLOCK_NAMES, type BlockName, type Plan, type StepPlan } from '../plan.ts';
import { type FindChild, isInterpreted } from './effects.ts';
import type { Model } from './model.ts';
import { pathIn } from './model.ts';
import type { Finding } from './proof.ts';

export interface SlotWorld {
  /** Slots of this process, for all runs. */
  concurrency: number;
  /** Configured pools by name. */
  pools: Readonly<Record<string, number>>;
  /** Asked again and again for the same. */
  child: FindChild;
}

interface Holder {
  block: BlockName;
  step: StepPlan;
}

const MAX_DEPTH = 16;

export function questionPools(
  model: Model,
  slots: SlotWorld,
  file: string | undefined,
): { asked: string[]; findings: Finding[] } {
  const asked: string[] = [];
  const findings: Finding[] = [];
  for (const block of BLOCK_NAMES) {
    for (const step of model.plan.blocks[block]) {
      if (model.catalog.get(step.kind)?.control !== 'workflow') continue;
      asked.push(pathIn(block, step.id));
      const finding = findingAbout(model, slots, { block, step }, file);
      if (finding !== undefined) findings.push(finding);
    }
  }
  return { asked, findings };
}

/** Resources one attempt of a step holds, as src/runtime/slots.ts has them; a run's own limits end with that run. */
function resourcesOf(plan: Plan, step: StepPlan, slots: SlotWorld, run: string): Map<string, number> {
  const resources = new Map([['process', slots.concurrency]]);
  if (typeof plan.concurrency === 'number') resources.set(`run ${run}`, plan.concurrency);
  const pool = step.pool ?? step.kind;
  if (Object.hasOwn(slots.pools, pool)) resources.set(`pool ${pool}`, slots.pools[pool] ?? 1);
  const own = Object.hasOwn(plan.pools, pool) ? plan.pools[pool] : undefined;
  if (own !== undefined) resources.set(`pool ${pool} of run ${run}`, own.limit);
  return resources;
}

const takesSlot = (catalog: StepCatalog, step: StepPlan): boolean => {
  const kind = catalog.get(step.kind);
  return kind?.takesSlot !== false && !isInterpreted(catalog, step);
};

function findingAbout(
  { catalog, plan }: Model,
  slots: SlotWorld,
  { block, step }: Holder,
  file: string | undefined,
): Finding | undefined {
  if (!takesSlot(catalog, step)) return undefined;
  const held = resourcesOf(plan, step, slots, 'this');
  const base = {
    question: 'pools' as const,
    span: step.fieldSpans.pool ?? step.fieldSpans.workflow ?? step.span,
    path: `${block}[${plan.blocks[block].indexOf(step)}]`,
    step: pathIn(block, step.id),
  };
  const wants = demandOf({ catalog, slots, held }, step, file, []);
  if (wants === undefined) return undefined;
  if ('unknown' in wants) {
    const message = `not proved: that "${step.id}", which holds a slot while its child run works, gets one for it: ${wants.unknown}`;
    return { ...base, answer: 'unknown', severity: 'note', code: 'NOT_PROVED', message };
  }
  const size = held.get(wants.resource) ?? 1;
  const at = mostAtOnce(step);
  const isSure = at >= size;
  const runs = isSure ? 'one run is enough' : `${Math.ceil(size / at)} runs at once are enough`;
  const chain = [step.id, ...wants.chain].join(' → ');
  return {
    ...base,
    answer: 'refuted',
    severity: isSure ? 'error' : 'warning',
    code: 'POOL_DEADLOCK',
    message: `"${step.id}" holds a slot of ${wants.resource} (${size}) while ${wants.chain.at(-1)} waits for one: ${runs} to wait for ever`,
    hint: 'give the child a pool of its own',
    trace: {
      given: [`${wants.resource} has ${size} slot${size === 1 ? '' : 's'}`],
      events: [],
      outcome: `${size} × ${step.id} hold all of them, and ${chain} waits`,
    },
  };
}

/** Attempts of a step that may hold slots at once. */
function mostAtOnce(step: StepPlan): number {
  if (step.foreach === undefined && step.matrix === undefined) return 1;
  return typeof step.concurrency === 'number' ? step.concurrency : 50;
}

type Demand = { resource: string; chain: string[] } | { unknown: string };

/** The first step of the child run, or of a run below it, that wants what is held. */
function demandOf(
  at: { catalog: StepCatalog; slots: SlotWorld; held: ReadonlyMap<string, number> },
  step: StepPlan,
  file: string | undefined,
  chain: readonly string[],
): Demand | undefined {
  const target = step.fields.workflow;
  if (typeof target !== 'string' || target.includes('${{'))
    return { unknown: `which workflow "${step.id}" runs is known only when it runs` };
  if (chain.length >= MAX_DEPTH) return { unknown: 'its sub-workflows are nested too deeply to follow' };
  const child = at.slots.child(target, file);
  if ('unknown' in child) return child;
  let open: Demand | undefined;
  for (const each of BLOCK_NAMES.flatMap((name) => child.plan.blocks[name])) {
    const path = [...chain, `${target}: ${each.id}`];
    if (takesSlot(at.catalog, each)) {
      const wanted = resourcesOf(child.plan, each, at.slots, path.join(' '));
      const shared =
        [...wanted.keys()].find((name) => at.held.has(name) && name !== 'process') ??
        sharedProcess(wanted, at.held);
      if (shared !== undefined) return { resource: shared, chain: path };
    }
    if (at.catalog.get(each.kind)?.control !== 'workflow') continue;
    const below = demandOf(at, each, child.file, path);
    if (below !== undefined && !('unknown' in below)) return below;
    open ??= below;
  }
  return open;
}

const sharedProcess = (
  wanted: ReadonlyMap<string, number>,
  held: ReadonlyMap<string, number>,
): string | undefined => (wanted.has('process') && held.has('process') ? 'process' : undefined);
