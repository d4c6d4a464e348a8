/** Where a step reads what other steps gave: every expression of its fields, with its tree and its place in the text. */
import type { Node } from '../expr/ast.ts';
import { type Reference, referencesOf } from '../expr/references.ts';
import { parseExpressionText, parseTemplateText } from '../expr/source.ts';
import type { Json } from '../json.ts';
import type { Plan, Span, StepPlan } from '../plan.ts';

export interface Site {
  /** Field of the step, such as `run`. */
  field: string;
  root: Node;
  /** Ids of steps it reads anything of. */
  reads: string[];
  /** The value is what the expression gives, and not a text it is a part of. */
  whole: boolean;
  /** Evaluated when: before the step begins, or in an undo of it. */
  span: Span;
}

export function sitesOfStep(step: StepPlan, source: string): Site[] {
  const sites: Site[] = [];
  const add = (field: string, value: Json, expression: boolean): void => {
    addSites(sites, { field, value, expression, span: step.fieldSpans[field] ?? step.span, source });
  };
  const { foreach, transform, matrix } = step;
  if (Array.isArray(foreach)) add('foreach', foreach, false);
  else if (typeof foreach === 'object') add('foreach', foreach.lines, false);
  else if (foreach !== undefined) add('foreach', foreach, true);
  if (transform !== undefined) add('transform', transform, true);
  for (const [field, value] of Object.entries(step.fields)) add(field, value, false);
  if (step.env !== undefined) add('env', step.env, false);
  if (matrix !== undefined) add('strategy', [matrix.axes, matrix.include, matrix.exclude], false);
  if (typeof step.timeoutMs === 'string') add('timeout', step.timeoutMs, false);
  return sites;
}

export function sitesOfOutputs(plan: Plan, source: string): Site[] {
  const sites: Site[] = [];
  const at = /^outputs:/m.exec(source)?.index ?? 0;
  const span = { start: at, end: source.length };
  for (const [name, value] of Object.entries(plan.outputs))
    addSites(sites, { field: name, value, expression: false, span, source });
  return sites;
}

interface Written {
  field: string;
  value: Json;
  expression: boolean;
  span: Span;
  source: string;
}

function addSites(sites: Site[], written: Written): void {
  const { value, field, expression } = written;
  if (value === null || typeof value !== 'object') {
    if (typeof value !== 'string' || (!expression && !value.includes('${{'))) return;
    const located = expression ? [parseExpressionText(value)] : parseTemplateText(value);
    for (const { parsed } of located) {
      const references = referencesOf(parsed.text, { expression: true });
      const reads = new Set(references.flatMap(readStep));
      if (reads.size === 0) continue;
      sites.push({
        field,
        root: parsed.root,
        reads: [...reads],
        whole: expression || isWhole(value, parsed.text),
        span: spanOf(written, parsed.text, references),
      });
    }
    return;
  }
  for (const each of Object.values(value)) addSites(sites, { ...written, value: each });
}

/** The text is one template and nothing else. */
const isWhole = (value: string, expression: string): boolean =>
  value
    .trim()
    .replace(/^\$\{\{([\s\S]*)\}\}$/, '$1')
    .trim() === expression.trim();

const readStep = ({ root, path }: Reference): string[] =>
  root === 'steps' && typeof path[0] === 'string' && path.length > 1 ? [path[0]] : [];

/** The first reference to a step as it stands in the source, else the whole field. */
function spanOf({ span, source }: Written, text: string, references: readonly Reference[]): Span {
  const first = references.find((reference) => readStep(reference).length > 0);
  if (first === undefined) return span;
  const words = text.slice(first.start, first.end);
  const start = source.indexOf(words, span.start);
  return start < 0 || start >= span.end ? span : { start, end: start + words.length };
}
