/** Every place of a workflow that may hold an expression, found and parsed once. */
import type { CodeField } from '../catalog.ts';
import type { Reference } from '../expr/index.ts';
import { ExpressionError, referencesOf } from '../expr/index.ts';
import { child, childPath, eachScalar, type SourceNode, type SourceScalar } from '../read/source-doc.ts';
import { allSteps, type StepFacts, type WorkflowFacts } from './facts.ts';
import { hasTemplate } from './structure/place.ts';

/** What decides the names in scope. */
export type SiteRole =
  | 'outputs'
  /** The workflow's `env` and `concurrency`: no steps in scope. */
  | 'workflow'
  /** `foreach`, `strategy`, `concurrency`: evaluated before there is an item. */
  | 'fan-out'
  | 'field'
  | 'transform'
  | 'retry.on'
  /** A kind's own expression field, with names only the kind knows. */
  | 'own-expression'
  /** In a step of a workflow that the step writes itself. */
  | 'deferred'
  /** A kind's own code, which reads names by itself. */
  | 'code';

export interface ExpressionSite {
  text: string;
  /** The whole text is an expression, with or without `${{ }}` around it. */
  bare: boolean;
  node: SourceScalar;
  path: string;
  /** The field's name for messages, such as `run`. */
  field: string;
  role: SiteRole;
  step?: StepFacts;
  references: Reference[];
  error?: ExpressionError;
}

/** Step fields that never hold expressions, or are looked at elsewhere. */
const NO_SITES: ReadonlySet<string> = new Set([
  'id',
  'type',
  'needs',
  'inputSchema',
  'outputSchema',
  'compensate',
]);
const FAN_OUT: ReadonlySet<string> = new Set(['foreach', 'strategy', 'concurrency']);

export function findExpressionSites(facts: WorkflowFacts): ExpressionSite[] {
  const sites: ExpressionSite[] = [];
  for (const field of ['env', 'concurrency']) {
    collect(child(facts.root, field), { path: field, field, role: 'workflow', bare: false }, sites);
  }
  collect(
    child(facts.root, 'outputs'),
    { path: 'outputs', field: 'outputs', role: 'outputs', bare: false },
    sites,
  );
  for (const step of allSteps(facts)) collectStep(step, sites);
  return sites;
}

function collectStep(step: StepFacts, sites: ExpressionSite[]): void {
  for (const entry of step.node.entries.values()) {
    const field = entry.key;
    if (NO_SITES.has(field) || field.startsWith('x-')) continue;
    const path = childPath(step.path, field);
    if (field === step.kind?.code?.field) {
      addCode(entry.value, { path, field, role: 'code', bare: false, step }, step.kind.code, sites);
    } else if (field === 'retry') {
      const on = child(entry.value, 'on');
      collect(on, { path: `${path}.on`, field: 'retry.on', role: 'retry.on', bare: true, step }, sites);
    } else {
      collect(entry.value, { path, field, ...kindOfField(step, field), step }, sites);
    }
  }
}

function kindOfField(step: StepFacts, field: string): { role: SiteRole; bare: boolean } {
  if (field === 'transform') return { role: 'transform', bare: true };
  if (field === 'if' || field === 'idempotencyKey') return { role: 'field', bare: true };
  if (FAN_OUT.has(field)) return { role: 'fan-out', bare: field === 'foreach' };
  if (step.kind?.expressionFields?.includes(field) === true) return { role: 'own-expression', bare: true };
  if (step.kind?.deferredFields?.includes(field) === true) return { role: 'deferred', bare: false };
  return { role: 'field', bare: false };
}

function addCode(node: SourceNode, start: SiteStart, code: CodeField, sites: ExpressionSite[]): void {
  if (node.type !== 'scalar' || typeof node.value !== 'string') return;
  sites.push({ ...start, node, text: node.value, references: [...code.reads(node.value)] });
}

type SiteStart = Omit<ExpressionSite, 'text' | 'node' | 'references' | 'error'>;

function collect(node: SourceNode | undefined, start: SiteStart, sites: ExpressionSite[]): void {
  if (node === undefined) return;
  eachScalar(node, start.path, (scalar, path) => {
    const text = scalar.value;
    if (typeof text !== 'string' || text.trim() === '') return;
    const bare = start.bare && path === start.path;
    if (!bare && !text.includes('${{')) return;
    if (!bare && !hasTemplate(text)) return;
    sites.push({ ...start, bare, path, node: scalar, text, ...parse(text, bare) });
  });
}

function parse(text: string, bare: boolean): Pick<ExpressionSite, 'references' | 'error'> {
  try {
    return { references: referencesOf(text, { expression: bare }) };
  } catch (error) {
    if (error instanceof ExpressionError) return { references: [], error };
    throw error;
  }
}
