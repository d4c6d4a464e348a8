/** Where a structural problem is reported, and the reports every check shares. */
import type { Span } from '../../plan.ts';
import type { SourceMap, SourceNode } from '../../read/source-doc.ts';
import type { Report } from '../context.ts';
import type { Shape } from './shape.ts';
import { actualWords, expectedWords } from './words.ts';

export interface Place {
  path: string;
  /** What the node is called in messages, such as `"timeout"` or `the step`. */
  label: string;
  report: Report;
  /** `${{ }}` may stand for any value here. */
  templates: boolean;
}

/** True for a text that holds an expression; `$${{` is an escape. */
export function hasTemplate(text: string): boolean {
  return text.includes('${{') && /(^|[^$])\$\{\{/.test(text);
}

/** A text that holds an expression. */
export function isTemplate(node: SourceNode): boolean {
  return node.type === 'scalar' && typeof node.value === 'string' && hasTemplate(node.value);
}

export function reportType(node: SourceNode, shape: Shape, place: Place): void {
  place.report({
    code: 'WRONG_TYPE',
    span: node.span,
    path: place.path,
    message: `${place.label} must be ${expectedWords(shape)}, not ${actualWords(node)}`,
    hint: typeHint(node, shape),
  });
}

function typeHint(node: SourceNode, shape: Shape): string | undefined {
  const wants = (type: string): boolean =>
    shape.type === type || (shape.anyOf ?? []).some((each) => each.type === type);
  if (node.type === 'scalar' && node.value !== null && wants('string')) return 'put it in quotes';
  if (node.type === 'scalar' && wants('array')) return 'put it in [ ]';
  return undefined;
}

/** Where a problem of a whole map is shown: its first key. */
export function headSpan(node: SourceMap): Span {
  for (const entry of node.entries.values()) {
    if (entry.keySpan.start >= node.span.start && entry.keySpan.end <= node.span.end) return entry.keySpan;
  }
  return node.span;
}
