/** Does a step read something that is not there in some run: output of a step that was skipped, failed or never began? */
import { BLOCK_NAMES, type BlockName } from '../plan.ts';
import type { StepNode } from './block-graph.ts';
import { failureCandidates, mainReferences } from './dead-steps.ts';
import { BIT, type Fate, type Fates, SUCCEEDED } from './fate.ts';
import { budgetNote } from './joins.ts';
import { type Model, pathIn, placeOf } from './model.ts';
import { type PartialScope, partialEvaluate } from './partial-evaluate.ts';
import { type MissingRead, truthOf } from './partial-value.ts';
import type { PlanRun, SeenRun } from './play.ts';
import { eachCombination, keepsOutput } from './possible-ends.ts';
import type { Finding } from './proof.ts';
import { type Site, sitesOfOutputs, sitesOfStep } from './reference-sites.ts';
import { search } from './search.ts';
import { showing } from './showing.ts';
import { surelyBegun } from './undo-order.ts';
import type { World } from './worlds.ts';

/** Who reads: a step as it begins, the undo of a step, or the outputs of a run that succeeded. */
interface Reader {
  block: BlockName;
  /** Absent: the outputs of the workflow. */
  node?: StepNode;
  undo: boolean;
  name: string;
  path: string;
}

const MAX_COMBINATIONS = 256;

export function questionReferences(model: Model): { asked: string[]; findings: Finding[] } {
  const asked: string[] = [];
  const findings: Finding[] = [];
  const ask = (reader: Reader, sites: readonly Site[]): void => {
    for (const [at, site] of sites.entries()) {
      asked.push(`${reader.path}#${at}`);
      const finding = findingAbout(model, reader, site);
      if (finding !== undefined) findings.push({ ...finding, step: `${reader.path}#${at}` });
    }
  };
  for (const block of BLOCK_NAMES) {
    for (const node of model.graphs[block].nodes) {
      const path = pathIn(block, node.id);
      ask(
        { block, node, undo: false, name: `step "${node.id}"`, path },
        sitesOfStep(node.step, model.source),
      );
      const undo = node.step.compensate;
      if (undo === undefined || block === 'finally') continue;
      const name = `the undo of "${node.id}"`;
      ask({ block, node, undo: true, name, path: `compensate/${path}` }, sitesOfStep(undo, model.source));
    }
  }
  const outputs = { block: 'steps' as const, undo: false, name: 'outputs', path: '' };
  ask(outputs, sitesOfOutputs(model.plan, model.source));
  return {
    asked,
    findings: findings.map((finding) => ({ ...finding, step: finding.step.replace(/#\d+$/, '') })),
  };
}

type Trouble = { how: 'throws' | 'null' | 'depends'; read: MissingRead };

function findingAbout(model: Model, reader: Reader, site: Site): Finding | undefined {
  const suspect = firstSuspect(model, reader, site);
  if (suspect === undefined) return undefined;
  const found = suspect === 'too many' ? undefined : confirm(model, reader, site);
  const where =
    reader.node === undefined
      ? `outputs.${site.field}`
      : placeOf(model, reader.block, reader.node, reader.undo ? `compensate.${site.field}` : site.field);
  const base = { question: 'references' as const, span: site.span, path: where, step: reader.path };
  if (found === 'none') return undefined;
  if (found === undefined) {
    return {
      ...base,
      answer: 'unknown',
      severity: 'note',
      code: 'NOT_PROVED',
      message: `not proved: that what ${reader.name} reads in "${site.field}" is there in every run${suspect === 'too many' ? '; it reads too many steps at once' : budgetNote(model)}`,
    };
  }
  return { ...base, ...refuted(model, reader, site, found) };
}

function refuted(
  model: Model,
  reader: Reader,
  site: Site,
  { run, trouble }: { run: PlanRun; trouble: Trouble },
): Pick<Finding, 'answer' | 'severity' | 'code' | 'message' | 'hint' | 'trace' | 'confirmed'> {
  const { read, how } = trouble;
  const end = run.steps.ends.get(read.step) ?? run[reader.block]?.ends.get(read.step);
  const because = read.path.endsWith('.error') ? 'did not fail' : describeEnd(end);
  const then =
    how === 'throws'
      ? `${reader.name} fails: ${read.path} is null`
      : `${reader.name} gets null for ${read.path}`;
  return {
    answer: 'refuted',
    severity: how === 'throws' ? 'error' : isNullFine(model, reader, site) ? 'note' : 'warning',
    code: how === 'throws' ? 'READS_NOTHING' : 'MAY_BE_NULL',
    message: `${reader.name} reads ${read.path} in "${site.field}", which is null when ${read.step} ${because}${how === 'throws' ? '; the expression then fails' : ''}`,
    hint: `use \`|default(…)\`, or run it only if steps.${read.step}.status says that there is something`,
    ...showing(model, run, then),
  };
}

/** An output of the workflow that is null says what there is to say, unless a contract asks for more. */
const isNullFine = ({ plan }: Model, { node }: Reader, { whole }: Site): boolean =>
  node === undefined && whole && plan.outputSchema === undefined;

function describeEnd(end: Fate | undefined): string {
  switch (end) {
    case 'failed':
    case 'allowed':
      return 'fails';
    case 'canceled':
      return 'is canceled';
    default:
      return 'is skipped';
  }
}

/** Whether any combination of ends that cannot be ruled out makes trouble. */
function firstSuspect(model: Model, reader: Reader, site: Site): Trouble | 'too many' | undefined {
  for (const [at, world] of model.worlds.all.entries()) {
    const variables = site.reads.flatMap((id) => {
      const set = endsSeen(model, reader, id, at);
      return set === undefined ? [] : [{ id, set }];
    });
    if (variables.some(({ set }) => set === 0)) continue;
    const size = variables.reduce((product, { set }) => product * bitCount(set), 1);
    if (size > MAX_COMBINATIONS) return 'too many';
    let found: Trouble | undefined;
    eachCombination(variables, (fates) => {
      if (found !== undefined || isRuledOut(model, reader, world, fates)) return;
      found = troubleWith(
        site,
        scopeFor(model, reader, world, (id) => fates.get(id)),
      );
    });
    if (found !== undefined) return found;
  }
  return undefined;
}

const bitCount = (set: Fates): number => set.toString(2).replaceAll('0', '').length;

/** Its own condition is known to be false for these ends. */
function isRuledOut(model: Model, reader: Reader, world: World, fates: ReadonlyMap<string, Fate>): boolean {
  const { node, undo } = reader;
  if (node?.condition === undefined || undo) return false;
  const { value } = partialEvaluate(
    node.condition,
    scopeFor(model, reader, world, (id) => fates.get(id)),
  );
  return truthOf(value) === false;
}

function scopeFor(
  model: Model,
  reader: Reader,
  world: World,
  fateOf: (id: string) => Fate | undefined,
): PartialScope {
  const own = model.graphs[reader.block];
  return {
    fateOf,
    valueOf: (path) => world.get(path),
    keepsOutput: (id) => keepsOutput(id, own, model.graphs.steps),
    needs: (reader.node?.needs ?? []).map((need) => fateOf(own.nodes[need]!.id)),
  };
}

/** Ends a step may have when the reader reads; undefined: not a step that can be told. */
function endsSeen(model: Model, { block, node, undo }: Reader, id: string, world: number): Fates | undefined {
  const own = model.graphs[block].byId.get(id);
  const steps = model.possible.steps[world]!;
  if (own === undefined || (block !== 'steps' && own === node)) {
    const main = model.graphs.steps.byId.get(id);
    return main === undefined ? undefined : steps.any[main.index];
  }
  const ends = model.possible[block][world]!;
  // Outputs are only asked for when nothing failed; what was tolerated or allowed may have.
  if (node === undefined) return ends.calm[own.index];
  if (undo) return own === node ? ends.any[own.index]! & ~BIT.skipped : endsBefore(model, node, own, world);
  if (own === node) return undefined;
  if (!node.needs.includes(own.index)) return ends.any[own.index];
  if (ends.begins[node.index] !== true) return 0;
  if (node.asksStatus) return ends.any[own.index];
  if (node.join !== undefined) return ends.calm[own.index];
  return ends.calm[own.index]! & (node.needsJoin ? SUCCEEDED | BIT.skipped : SUCCEEDED);
}

/** A plain step began, so everything it needed has succeeded. */
function endsBefore(model: Model, node: StepNode, own: StepNode, world: number): Fates {
  const all = model.possible.steps[world]!.any[own.index]!;
  return surelyBegun(model.graphs.steps.nodes, node).has(own.index) ? all & SUCCEEDED : all;
}

function troubleWith(site: Site, scope: PartialScope): Trouble | undefined {
  const { value, throws, mayMiss } = partialEvaluate(site.root, scope);
  if (throws !== undefined) return { how: 'throws', read: throws };
  if (mayMiss !== undefined && isData(mayMiss)) return { how: 'depends', read: mayMiss };
  if (value.kind !== 'known' || value.value !== null || value.missing === undefined) return undefined;
  return isData(value.missing) ? { how: 'null', read: value.missing } : undefined;
}

/** Reading `error` of a step that went well, or the exit code of one that never began, is a question, not a mistake. */
const isData = ({ path }: MissingRead): boolean => !/\.(error|exitCode)$/.test(path);

/** A run in which exactly that happens. */
function confirm(
  model: Model,
  reader: Reader,
  site: Site,
): { run: PlanRun; trouble: Trouble } | 'none' | undefined {
  let trouble: Trouble | undefined;
  let dependsOnValues = false;
  const goal = (run: SeenRun): boolean => {
    if (!reads(reader, run)) return false;
    const ends = (id: string): Fate | undefined =>
      (reader.block === 'steps' ? undefined : run[reader.block]?.ends.get(id)) ?? run.steps.ends.get(id);
    trouble = troubleWith(site, scopeFor(model, reader, run.script.world, ends));
    dependsOnValues ||= trouble?.how === 'depends';
    return trouble !== undefined && trouble.how !== 'depends';
  };
  for (const focus of focuses(model, reader, site)) {
    const run = search(model, {
      focus,
      goal,
      suspects: site.reads,
      deviations: { min: reader.undo ? 1 : 0 },
    });
    // Of an undo, which also needs a failure, a region without that failure says nothing.
    if (run === 'none' && !reader.undo && reader.node !== undefined)
      return dependsOnValues ? undefined : 'none';
    if (run !== undefined && run !== 'none' && trouble !== undefined && trouble.how !== 'depends')
      return { run, trouble };
  }
  return undefined;
}

function reads({ block, node, undo }: Reader, run: SeenRun): boolean {
  if (node === undefined) return run.steps.failures.length === 0;
  if (run[block]?.begun.has(node.id) !== true) return false;
  return !undo || run.steps.failures.length > 0;
}

function* focuses(
  model: Model,
  { block, node, undo }: Reader,
  site: Site,
): Generator<Partial<Record<BlockName, number[]>>> {
  const read = site.reads.flatMap((id) => {
    if (block !== 'steps' && model.graphs[block].byId.has(id)) return [];
    const main = model.graphs.steps.byId.get(id);
    return main === undefined ? [] : [main.index];
  });
  const own = node === undefined ? [] : [node.index];
  if (block === 'steps') {
    yield { steps: [...read, ...own] };
    if (undo) for (const failing of failureCandidates(model)) yield { steps: [...read, ...own, failing] };
    return;
  }
  const main = [...read, ...(node === undefined ? [] : mainReferences(model, block, node))];
  yield { steps: main, [block]: own };
  for (const failing of failureCandidates(model)) yield { steps: [...main, failing], [block]: own };
}
