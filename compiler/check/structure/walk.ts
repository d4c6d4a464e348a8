/**
 * Checks a source node against one of our own schemas and reports at the exact node. Written by hand because starting the
 * JSON Schema library costs more than reading a whole workflow; schemas with rarer keywords still go there.
 */
import { childPath, type SourceMap, type SourceNode } from '../../read/source-doc.ts';
import type { Problem } from '../context.ts';
import { NOTE, PATTERN_WORDS, TEMPLATES } from '../language/notes.ts';
import { didYouMean, nearest } from '../nearest.ts';
import { checkWithLibrary } from './library.ts';
import { headSpan, isTemplate, type Place, reportType } from './place.ts';
import { checkScalar } from './scalar.ts';
import { isRequirement, isWalkable, type Shape } from './shape.ts';
import { either, fitsType } from './words.ts';

/** Reports everything wrong with `node`; does nothing else. */
export function checkNode(node: SourceNode, shape: Shape, place: Place): void {
  const note = shape[NOTE];
  if (note === 'elsewhere') return;
  const templates = place.templates || shape[TEMPLATES] === true;
  if (!isWalkable(shape)) {
    checkWithLibrary(node, shape, place);
  } else if (note !== 'expression' && isTemplate(node)) {
    if (!templates) reportTemplate(node, place);
  } else if (node.type === 'scalar' && (note !== undefined || shape.anyOf === undefined)) {
    checkScalar(node, shape, place);
  } else if (note === 'duration' || note === 'expression') {
    reportType(node, shape, place);
  } else if (shape.anyOf !== undefined) {
    checkUnion(node, shape.anyOf, { ...place, templates }, shape);
  } else if (!fitsType(node, shape)) {
    reportType(node, shape, place);
  } else if (node.type === 'map') {
    checkMap(node, shape, { ...place, templates });
  } else if (node.type === 'seq') {
    checkList(node, shape, { ...place, templates });
  }
}

function reportTemplate(node: SourceNode, place: Place): void {
  place.report({
    code: 'TEMPLATE_NOT_ALLOWED',
    span: node.span,
    path: place.path,
    message: `${place.label} must be known before the run starts, so it cannot hold \${{ }}`,
  });
}

/** Fields of a map: unknown ones, missing ones, and each known one. `x-…` is ignored where it is not declared. */
function checkMap(node: SourceMap, shape: Shape, place: Place): void {
  const properties = shape.properties ?? {};
  const meant = new Set<string | undefined>();
  for (const entry of node.entries.values()) {
    const path = childPath(place.path, entry.key);
    const own = Object.hasOwn(properties, entry.key) ? properties[entry.key] : undefined;
    const field = own ?? patternFor(shape, entry.key);
    if (field !== undefined) {
      checkNode(entry.value, field, { ...place, path, label: `"${entry.key}"` });
    } else if (shape.additionalProperties !== false || entry.key.startsWith('x-')) {
      if (typeof shape.additionalProperties !== 'object') continue;
      checkNode(entry.value, shape.additionalProperties, { ...place, path, label: `"${entry.key}"` });
    } else if (shape.patternProperties !== undefined) {
      const wanted =
        shape[PATTERN_WORDS] ?? `what matches ${Object.keys(shape.patternProperties).join(' or ')}`;
      place.report({
        code: 'BAD_FORMAT',
        span: entry.keySpan,
        path,
        message: `"${entry.key}" cannot be a name in ${place.label}: it must be ${wanted}`,
      });
    } else {
      meant.add(nearest(entry.key, Object.keys(properties)));
      place.report({
        code: 'UNKNOWN_FIELD',
        span: entry.keySpan,
        path,
        message: `"${entry.key}" is not a field of ${place.label}`,
        hint: didYouMean(entry.key, Object.keys(properties)) ?? fieldList(properties),
      });
    }
  }
  checkRequired(node, shape, place, meant);
}

function fieldList(properties: Readonly<Record<string, Shape>>): string | undefined {
  const names = Object.keys(properties);
  return names.length === 0 || names.length > 12 ? undefined : `it has ${names.join(', ')}`;
}

function patternFor(shape: Shape, key: string): Shape | undefined {
  for (const [pattern, field] of Object.entries(shape.patternProperties ?? {})) {
    if (new RegExp(pattern, 'u').test(key)) return field;
  }
  return undefined;
}

/**
 * Missing required fields, and sets of which exactly one must be given. Fields in `meant` were misspelt, which has been said.
 */
export function checkRequired(
  node: SourceMap,
  shape: Shape,
  place: Omit<Place, 'templates'>,
  meant: ReadonlySet<string | undefined> = new Set(),
): void {
  for (const name of shape.required ?? []) {
    if (!node.entries.has(name) && !meant.has(name)) {
      place.report({
        code: 'MISSING_FIELD',
        span: headSpan(node),
        path: place.path,
        message: `${place.label} has no "${name}"`,
      });
    }
  }
  const sets = [...(shape.oneOf ?? []), ...(shape.anyOf ?? []).filter(isRequirement)].map(
    (each) => each.required ?? [],
  );
  if (sets.length === 0) return;
  const given = sets.filter((names) => names.every((name) => node.entries.has(name)));
  const wording = either(sets.map((names) => names.map((name) => `"${name}"`).join(' and ')));
  if (given.length === 0) {
    place.report({
      code: 'MISSING_FIELD',
      span: headSpan(node),
      path: place.path,
      message: `${place.label} needs ${wording}`,
    });
  } else if (given.length > 1 && shape.oneOf !== undefined) {
    const second = given[1]?.[0] ?? '';
    place.report({
      code: 'CONFLICTING_FIELDS',
      span: node.entries.get(second)?.keySpan ?? node.span,
      path: childPath(place.path, second),
      message: `${place.label} takes only one of ${wording}`,
    });
  }
}

function checkList(node: SourceNode & { type: 'seq' }, shape: Shape, place: Place): void {
  if (
    node.items.length < (shape.minItems ?? 0) ||
    node.items.length > (shape.maxItems ?? Number.POSITIVE_INFINITY)
  ) {
    const bound =
      node.items.length < (shape.minItems ?? 0) ? `at least ${shape.minItems}` : `at most ${shape.maxItems}`;
    place.report({
      code: 'OUT_OF_RANGE',
      span: node.span,
      path: place.path,
      message: `${place.label} must have ${bound} items, not ${node.items.length}`,
    });
  }
  if (shape.items === undefined) return;
  for (const [index, item] of node.items.entries()) {
    checkNode(item, shape.items, {
      ...place,
      path: childPath(place.path, index),
      label: `item ${index + 1} of ${place.label}`,
    });
  }
}

/** Reports nothing when a branch fits; otherwise what is wrong with the one branch the author can have meant, or what is wanted. */
function checkUnion(node: SourceNode, branches: readonly Shape[], place: Place, union: Shape): void {
  const failures: { branch: Shape; problems: Problem[] }[] = [];
  for (const branch of branches) {
    const problems: Problem[] = [];
    checkNode(node, branch, { ...place, report: (problem) => problems.push(problem) });
    if (problems.length === 0) return;
    failures.push({ branch, problems });
  }
  if (branches.every((branch) => branch.const !== undefined)) {
    checkNode(node, { enum: branches.map((branch) => branch.const) }, place);
    return;
  }
  const [meant, second] = failures.filter(({ branch }) => fitsType(node, branch) && constsFit(node, branch));
  if (meant === undefined || second !== undefined) reportType(node, union, place);
  else for (const problem of meant.problems) place.report(problem);
}

/** A map belongs to a branch when the branch's constant fields have their values in it. */
function constsFit(node: SourceNode, branch: Shape): boolean {
  if (node.type !== 'map') return true;
  return Object.entries(branch.properties ?? {}).every(([name, field]) => {
    const value = node.entries.get(name)?.value;
    return field.const === undefined || (value?.type === 'scalar' && value.value === field.const);
  });
}
