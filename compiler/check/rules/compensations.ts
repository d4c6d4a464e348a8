/** A compensation is one plain step: it has no needs, no items and no compensation of its own. */
import { child, childPath } from '../../read/source-doc.ts';
import type { CheckContext } from '../context.ts';
import { NOT_IN_COMPENSATE } from '../language/step.ts';
import { actualWords } from '../structure/words.ts';

export function compensations({ facts, report }: CheckContext): void {
  for (const undo of facts.compensations) {
    for (const field of NOT_IN_COMPENSATE) {
      const entry = undo.node.entries.get(field);
      if (entry === undefined) continue;
      report({
        code: 'NOT_IN_COMPENSATE',
        span: entry.keySpan,
        path: childPath(undo.path, field),
        message: `a compensation cannot have "${field}"`,
      });
    }
    if (undo.kind?.control === 'join' || undo.kind?.control === 'rollback') {
      const span = child(undo.node, 'type')?.span ?? undo.node.span;
      report({
        code: 'NOT_IN_COMPENSATE',
        span,
        path: undo.path,
        message: `a ${undo.kind.kind} cannot be a compensation`,
      });
    }
  }
  for (const step of facts.blocks.finally) {
    const entry = step.node.entries.get('compensate');
    if (entry === undefined) continue;
    report({
      severity: 'warning',
      code: 'NO_EFFECT',
      span: entry.keySpan,
      path: childPath(step.path, 'compensate'),
      message: '"compensate" has no effect in "finally", which runs after all compensations',
    });
  }
  const holders = [{ node: facts.root, path: '' }, ...Object.values(facts.blocks).flat()];
  for (const holder of holders) {
    const node = child(holder.node, 'compensate');
    if (node === undefined || node.type === 'map') continue;
    report({
      code: 'WRONG_TYPE',
      span: node.span,
      path: childPath(holder.path, 'compensate'),
      message: `"compensate" must be a step, not ${actualWords(node)}`,
    });
  }
}
