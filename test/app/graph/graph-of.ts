/** Graph models for tests, and real mermaid in node to read what was written. */

import { emitBlock } from '../../../compiler/emit/index.ts';
import type { StepPlan } from '../../../compiler/plan.ts';
import type { GraphModel } from '../../../src/app/graph/index.ts';
import type { StepStatus } from '../../../src/store/port.ts';
import { planOf } from '../../compiler/shape/plan-of.ts';

export interface Blocks {
  steps: readonly StepPlan[];
  errors?: readonly StepPlan[];
  finally?: readonly StepPlan[];
}

export function modelOf(blocks: Blocks, statuses?: Record<string, StepStatus>): GraphModel {
  const { errors = [], finally: last = [] } = blocks;
  const plan = planOf([], 'steps', {
    blocks: { steps: [...blocks.steps], errors: [...errors], finally: [...last] },
  });
  return {
    plan,
    bodies: {
      steps: emitBlock(plan, 'steps'),
      ...(errors.length > 0 && { errors: emitBlock(plan, 'errors') }),
      ...(last.length > 0 && { finally: emitBlock(plan, 'finally') }),
    },
    ...(statuses && { statuses }),
  };
}

/** A state or node as mermaid understood it; `label` is what a reader sees. */
export interface MermaidNode {
  id: string;
  label: string;
  parentId?: string;
  isGroup: boolean;
  cssClasses: string;
}
export interface MermaidGraph {
  nodes: MermaidNode[];
  edges: { from: string; to: string; label: string }[];
}

/** Mermaid's own copy. */
const PURIFIER = new URL('../../../node_modules/dompurify/dist/purify.es.mjs', import.meta.url).href;

let loading: Promise<(text: string) => Promise<MermaidGraph>> | undefined;

/** Reads a diagram with mermaid itself. @throws What mermaid throws at a text it does not take. */
export async function readMermaid(text: string): Promise<MermaidGraph> {
  loading ??= loadMermaid();
  return (await loading)(text);
}

/** Mermaid sanitizes through DOMPurify, which without a DOM is an empty function. */
async function loadMermaid(): Promise<(text: string) => Promise<MermaidGraph>> {
  const { default: purify } = await import(PURIFIER);
  Object.assign(purify, { addHook: () => {}, removeAllHooks: () => {}, sanitize: (text: string) => text });
  const { default: mermaid } = await import('mermaid');
  mermaid.initialize({});
  await mermaid.parse('flowchart TD\n a --> b');
  return async (text) => {
    await mermaid.parse(text);
    const diagram = await mermaid.mermaidAPI.getDiagramFromText(text);
    const db = diagram.db as unknown as { getData(): { nodes: RawNode[]; edges: RawEdge[] } };
    const { nodes, edges } = db.getData();
    return {
      nodes: nodes.map(({ id, label, parentId, isGroup, cssClasses }) => ({
        id,
        label: decoded(label ?? ''),
        isGroup: isGroup === true,
        cssClasses: cssClasses ?? '',
        ...(parentId === undefined ? {} : { parentId }),
      })),
      edges: edges.map(({ start, end, label }) => ({
        from: start ?? '',
        to: end ?? '',
        label: decoded(label ?? ''),
      })),
    };
  };
}

interface RawNode {
  id: string;
  label?: string;
  parentId?: string;
  isGroup?: boolean;
  cssClasses?: string;
}
interface RawEdge {
  start?: string;
  end?: string;
  label?: string;
}

/** Undoes mermaid's own stand-ins for `#code;`, as its renderer does. */
function decoded(label: string): string {
  return label.replace(/ﬂ°°(\d+)¶ß/g, (_, code: string) => String.fromCodePoint(Number(code)));
}
