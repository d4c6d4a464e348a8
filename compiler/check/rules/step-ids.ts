/** Every step has an id that can be written in expressions, unique in its block. */
import { locate } from '../../read/locate.ts';
import { child, childPath, textOf } from '../../read/source-doc.ts';
import type { CheckContext, Report } from '../context.ts';
import { allSteps, type StepFacts } from '../facts.ts';
import { ID_PATTERN } from '../language/step.ts';
import { headSpan } from '../structure/place.ts';
import { actualWords } from '../structure/words.ts';

const VALID = new RegExp(ID_PATTERN);
/** Names every JavaScript object has; expressions refuse them. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
]);
const MAX_ID_LENGTH = 100;

export function stepIds({ doc, facts, report }: CheckContext): void {
  for (const step of allSteps(facts)) {
    checkId(step, report);
    const first =
      step.id === undefined || step.undoes !== undefined ? step : facts.ids[step.block].get(step.id);
    if (first === undefined || first === step) continue;
    const node = child(step.node, 'id') ?? step.node;
    const line = locate(doc.source, first.node.span.start).line;
    report({
      code: 'DUPLICATE_ID',
      span: node.span,
      path: childPath(step.path, 'id'),
      message: `the id "${step.id}" is already that of ${first.path} (line ${line})`,
    });
  }
}

function checkId(step: StepFacts, report: Report): void {
  const node = child(step.node, 'id');
  const path = childPath(step.path, 'id');
  if (node === undefined) {
    if (step.undoes !== undefined) return;
    report({
      code: 'MISSING_FIELD',
      span: headSpan(step.node),
      path: step.path,
      message: 'the step has no "id"',
    });
    return;
  }
  const id = textOf(node);
  if (id === undefined) {
    report({
      code: 'WRONG_TYPE',
      span: node.span,
      path,
      message: `"id" must be a text, not ${actualWords(node)}`,
    });
    return;
  }
  if (RESERVED_NAMES.has(id)) {
    report({
      code: 'RESERVED_NAME',
      span: node.span,
      path,
      message: `"${id}" is reserved and cannot be an id`,
    });
  } else if (!VALID.test(id) || id.length > MAX_ID_LENGTH) {
    const mended = id
      .replace(/[^A-Za-z0-9_]+/g, '_')
      .replace(/^(?=\d)/, '_')
      .slice(0, MAX_ID_LENGTH);
    report({
      code: 'BAD_ID',
      span: node.span,
      path,
      message: `"${id.slice(0, MAX_ID_LENGTH)}" cannot be an id: at most ${MAX_ID_LENGTH} letters, digits and "_", not beginning with a digit`,
      hint: VALID.test(mended) ? `write "${mended}"` : undefined,
    });
  }
}
