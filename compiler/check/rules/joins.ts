/** A join's condition can be met by the needs it has, and its fields are known before the run. */
import { parseJoinCondition } from '../../lower/join.ts';
import { child, childPath } from '../../read/source-doc.ts';
import type { CheckContext } from '../context.ts';
import type { StepFacts } from '../facts.ts';
import { headSpan, isTemplate } from '../structure/place.ts';
import { checkNode } from '../structure/walk.ts';
import { actualWords } from '../structure/words.ts';

export function joins(context: CheckContext): void {
  for (const step of Object.values(context.facts.blocks).flat()) {
    if (step.kind?.control !== 'join') continue;
    const needs = new Set([...step.needs, ...(context.implied.get(step) ?? [])].map((need) => need.id)).size;
    checkJoin(context, step, needs);
    warnUseless(context, step);
  }
}

/** A join makes no attempt, so what is said of attempts means nothing to it. */
const OF_ATTEMPTS = ['retry', 'totalTimeout', 'priority', 'env', 'inputSchema'];

function warnUseless({ report }: CheckContext, { node, path }: StepFacts): void {
  const warn = (field: string, why: string): void => {
    const entry = node.entries.get(field);
    if (entry === undefined) return;
    report({
      severity: 'warning',
      code: 'NO_EFFECT',
      span: entry.keySpan,
      path: childPath(path, field),
      message: `"${field}" has no effect ${why}`,
    });
  };
  for (const field of OF_ATTEMPTS) warn(field, 'on a join, which only waits');
  if (node.entries.has('timeout')) return;
  warn('onTimeout', 'on a join without "timeout"');
  const condition = child(node, 'condition');
  if (condition === undefined || (condition.type === 'scalar' && condition.value === 'all'))
    warn('cancelRest', 'on a join that waits for all of its needs');
}

function checkJoin({ report }: CheckContext, step: StepFacts, needs: number): void {
  for (const field of ['timeout', 'onTimeout', 'cancelRest', 'condition']) {
    const node = child(step.node, field);
    if (node !== undefined && isTemplate(node)) {
      checkNode(
        node,
        {},
        { path: childPath(step.path, field), label: `"${field}" of a join`, report, templates: false },
      );
    }
  }
  if (needs === 0) {
    report({
      code: 'BAD_JOIN',
      span: headSpan(step.node),
      path: step.path,
      message: 'a join must need at least one step',
    });
  }
  const node = child(step.node, 'condition');
  if (node === undefined) return;
  const at = { code: 'BAD_JOIN', span: node.span, path: childPath(step.path, 'condition') };
  if (isTemplate(node)) return;
  const value = node.type === 'scalar' ? node.value : undefined;
  const condition = parseJoinCondition(value ?? null);
  if (condition === undefined) {
    report({
      ...at,
      message: `"condition" must be all, any, a number of steps or a percentage from 1% to 100%, not ${actualWords(node)}`,
    });
  } else if (condition.type === 'count' && needs > 0 && condition.count > needs) {
    report({
      ...at,
      message: `"condition" asks for ${condition.count} steps, but the join needs only ${needs}`,
    });
  }
}
