/** Facts about a workflow that several rules and `lower/` need; gathered once, tolerant of anything malformed. */
import type { KindSpec, StepCatalog } from '../catalog.ts';
import { BLOCK_NAMES, type BlockName } from '../plan.ts';
import {
  child,
  childPath,
  type SourceEntry,
  type SourceMap,
  type SourceNode,
  textOf,
} from '../read/source-doc.ts';
import { type KindResolution, resolveKind } from './kind.ts';

export interface StepFacts {
  block: BlockName;
  /** Such as `steps[2]` or `steps[2].compensate`. */
  path: string;
  node: SourceMap;
  /** Undefined when missing or no text. A compensation without an id has that of the step it undoes. */
  id: string | undefined;
  kind: KindSpec | undefined;
  resolution: KindResolution;
  /** For a compensation: the step it undoes, or `workflow`. */
  undoes?: StepFacts | 'workflow';
  /** Needs as written, with their nodes. */
  needs: { id: string; node: SourceNode; path: string }[];
  iterates: boolean;
}

export interface WorkflowFacts {
  root: SourceMap;
  blocks: Record<BlockName, StepFacts[]>;
  /** Ids of each block, to the first step that has them. */
  ids: Record<BlockName, Map<string, StepFacts>>;
  /** Of steps, then the workflow's own. */
  compensations: StepFacts[];
  inputs: Map<string, SourceEntry>;
  env: Map<string, SourceEntry>;
  pools: Map<string, SourceEntry>;
}

/** The id of the workflow's own compensation when it has none. */
export const WORKFLOW_COMPENSATION_ID = 'workflow';

export function gatherFacts(root: SourceMap, catalog: StepCatalog): WorkflowFacts {
  const facts: WorkflowFacts = {
    root,
    blocks: { steps: [], errors: [], finally: [] },
    ids: { steps: new Map(), errors: new Map(), finally: new Map() },
    compensations: [],
    inputs: entriesOf(child(root, 'inputs')),
    env: entriesOf(child(root, 'env')),
    pools: entriesOf(child(root, 'pools')),
  };
  for (const block of BLOCK_NAMES) {
    const list = child(root, block);
    if (list?.type !== 'seq') continue;
    list.items.forEach((node, index) => {
      if (node.type !== 'map') return;
      const step = factsOf(node, block, childPath(block, index), catalog);
      facts.blocks[block].push(step);
      if (step.id !== undefined && !facts.ids[block].has(step.id)) facts.ids[block].set(step.id, step);
      const undo = child(node, 'compensate');
      if (undo?.type === 'map') {
        const made = factsOf(undo, block, `${step.path}.compensate`, catalog);
        facts.compensations.push({ ...made, id: made.id ?? step.id, undoes: step });
      }
    });
  }
  const undo = child(root, 'compensate');
  if (undo?.type === 'map') {
    const made = factsOf(undo, 'steps', 'compensate', catalog);
    facts.compensations.push({ ...made, id: made.id ?? WORKFLOW_COMPENSATION_ID, undoes: 'workflow' });
  }
  return facts;
}

/** Every step and every compensation. */
export function allSteps(facts: WorkflowFacts): StepFacts[] {
  return [...BLOCK_NAMES.flatMap((block) => facts.blocks[block]), ...facts.compensations];
}

function factsOf(node: SourceMap, block: BlockName, path: string, catalog: StepCatalog): StepFacts {
  const resolution = resolveKind(node, catalog);
  return {
    block,
    path,
    node,
    id: textOf(child(node, 'id')),
    kind: resolution.kind,
    resolution,
    needs: needsOf(child(node, 'needs'), childPath(path, 'needs')),
    iterates: node.entries.has('foreach') || node.entries.has('strategy'),
  };
}

function needsOf(node: SourceNode | undefined, path: string): StepFacts['needs'] {
  const items = node?.type === 'seq' ? node.items : node === undefined ? [] : [node];
  return items.flatMap((item, index) => {
    const id = textOf(item);
    return id === undefined
      ? []
      : [{ id, node: item, path: node?.type === 'seq' ? childPath(path, index) : path }];
  });
}

function entriesOf(node: SourceNode | undefined): Map<string, SourceEntry> {
  if (node?.type !== 'map') return new Map();
  return new Map([...node.entries].filter(([key]) => !key.startsWith('x-')));
}
