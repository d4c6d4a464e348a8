/** The fields of each step: the common ones, and the kind's own by the kind's own schema. */
import type { CodeField, KindSpec } from '../../catalog.ts';
import type { Json } from '../../json.ts';
import type { Span } from '../../plan.ts';
import { sourceOffset } from '../../read/scalar-offset.ts';
import { childPath, eachScalar, type SourceEntry, toJson } from '../../read/source-doc.ts';
import type { CheckContext, Report } from '../context.ts';
import { allSteps, type StepFacts } from '../facts.ts';
import { UNSUPPORTED_STEP_FIELDS } from '../language/not-supported.ts';
import { NOTE } from '../language/notes.ts';
import { commonStepFields } from '../language/step.ts';
import { didYouMean, nearest } from '../nearest.ts';
import { hasTemplate, headSpan, isTemplate } from '../structure/place.ts';
import { isWalkable, type Shape } from '../structure/shape.ts';
import { checkNode, checkRequired } from '../structure/walk.ts';

const COMMON: Readonly<Record<string, Shape>> = commonStepFields;

export function stepFields({ doc, facts, report }: CheckContext): void {
  for (const step of allSteps(facts)) {
    const meant = new Set<string | undefined>();
    let isClean = true;
    const note: Report = (problem) => {
      isClean = false;
      report(problem);
    };
    for (const entry of step.node.entries.values()) checkField(step, entry, note, meant);
    checkBreakpoint(step, note);
    if (step.kind !== undefined) checkWhole(step, step.kind, note, meant);
    if (isClean) checkTogether(step, doc.source, report);
  }
}

/** What only the kind itself can say of its fields. */
function checkTogether({ kind, node, path }: StepFacts, source: string, report: Report): void {
  if (kind?.check === undefined) return;
  const written: Record<string, Json> = {};
  const computed = new Set<string>();
  for (const { key, value } of node.entries.values()) {
    if (ownField(kind, key) === undefined) continue;
    written[key] = toJson(value);
    if (key === kind.code?.field) continue;
    eachScalar(value, '', (scalar) => {
      if (typeof scalar.value === 'string' && hasTemplate(scalar.value)) computed.add(key);
    });
  }
  const problem = kind.check(written, computed);
  if (problem === undefined) return;
  const entry = node.entries.get(problem.field);
  report({
    code: 'BAD_FIELD',
    span: spanIn(entry?.value, problem.offset, source) ?? headSpan(node),
    path: entry === undefined ? path : childPath(path, problem.field),
    message: problem.message,
  });
}

function spanIn(
  value: SourceEntry['value'] | undefined,
  offset: number | undefined,
  source: string,
): Span | undefined {
  if (value?.type !== 'scalar' || offset === undefined) return value?.span;
  const start = sourceOffset(source, value, offset);
  return { start, end: start + 1 };
}

/** What ends a run is not paused. */
function checkBreakpoint({ block, undoes, node, path }: StepFacts, report: Report): void {
  const entry = node.entries.get('breakpoint');
  if (entry === undefined || block === 'steps' || undoes !== undefined) return;
  report({
    code: 'BAD_FIELD',
    span: entry.keySpan,
    path: childPath(path, 'breakpoint'),
    message: `a step of "${block}" cannot have a breakpoint: what ends a run is not paused`,
  });
}

function checkField(
  step: StepFacts,
  entry: SourceEntry,
  report: Report,
  meant: Set<string | undefined>,
): void {
  const name = entry.key;
  const path = childPath(step.path, name);
  const own = ownField(step.kind, name);
  if (own !== undefined) {
    const shape: Shape =
      step.kind?.expressionFields?.includes(name) === true ? { ...own, [NOTE]: 'expression' } : own;
    if (name === step.kind?.code?.field) refuseTemplates(entry, path, step.kind.code, report);
    checkNode(entry.value, shape, { path, label: `"${name}"`, report, templates: true });
  } else if (Object.hasOwn(COMMON, name)) {
    checkNode(entry.value, COMMON[name] ?? {}, { path, label: `"${name}"`, report, templates: false });
  } else if (UNSUPPORTED_STEP_FIELDS.has(name)) {
    report({
      code: 'NOT_SUPPORTED_YET',
      span: entry.keySpan,
      path,
      message: `"${name}" is known, but this version does not run it yet`,
    });
  } else if (
    step.kind !== undefined &&
    !name.startsWith('x-') &&
    step.kind.schema.additionalProperties !== true
  ) {
    const names = [...Object.keys(step.kind.schema.properties), ...Object.keys(COMMON)];
    meant.add(nearest(name, names));
    report({
      code: 'UNKNOWN_FIELD',
      span: entry.keySpan,
      path,
      message: `"${name}" is not a field of ${step.kind.kind}`,
      hint:
        didYouMean(name, names) ??
        `${step.kind.kind} has ${Object.keys(step.kind.schema.properties).join(', ')}`,
    });
  }
}

/** A value spliced into code would be code. */
function refuseTemplates({ key, value }: SourceEntry, path: string, code: CodeField, report: Report): void {
  if (!isTemplate(value)) return;
  report({
    code: 'TEMPLATE_NOT_ALLOWED',
    span: value.span,
    path,
    message: `"${key}" is code, into which no expression is put: its value would be read as code`,
    hint: code.insteadOfTemplates,
  });
}

/** The kind's schema of a field, when the kind has one. */
export function ownField(kind: KindSpec | undefined, name: string): Shape | undefined {
  if (kind === undefined || !Object.hasOwn(kind.schema.properties, name)) return undefined;
  return kind.schema.properties[name];
}

const wholes = new WeakMap<object, Shape>();

/** The kind's schema without what it says of single fields. */
function wholeOf({ schema }: KindSpec): Shape {
  const known = wholes.get(schema);
  if (known !== undefined) return known;
  const { properties: _, additionalProperties: __, ...whole } = schema;
  wholes.set(schema, whole);
  return whole;
}

/** What the kind's schema says of its fields together. */
function checkWhole(
  step: StepFacts,
  kind: KindSpec,
  report: Report,
  meant: ReadonlySet<string | undefined>,
): void {
  const place = { path: step.path, label: `a ${kind.kind} step`, report, templates: true };
  const shape = wholeOf(kind);
  if (isWalkable(shape)) {
    checkRequired(step.node, shape, place, meant);
    return;
  }
  const entries = new Map([...step.node.entries].filter(([name]) => ownField(kind, name) !== undefined));
  checkNode({ type: 'map', span: step.node.span, entries }, shape, place);
}
