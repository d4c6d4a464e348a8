/** Every step is of exactly one kind that the catalog has. */
import type { Span } from '../../plan.ts';
import { child, childPath } from '../../read/source-doc.ts';
import type { CheckContext } from '../context.ts';
import { allSteps, type StepFacts } from '../facts.ts';
import { didYouMean } from '../nearest.ts';
import { headSpan } from '../structure/place.ts';
import { either } from '../structure/words.ts';

export function stepTypes({ facts, catalog, report }: CheckContext): void {
  for (const step of allSteps(facts)) {
    const { resolution } = step;
    const span = spanOfType(step);
    const path = step.node.entries.has('type') ? childPath(step.path, 'type') : step.path;
    if (resolution.how === 'unknown') {
      report({
        code: 'UNKNOWN_TYPE',
        span,
        path,
        message: `there is no step type "${resolution.name}"`,
        hint:
          didYouMean(resolution.name, catalog.keys()) ?? `the types are ${[...catalog.keys()].join(', ')}`,
      });
    } else if (resolution.how === 'unsupported') {
      report({
        code: 'NOT_SUPPORTED_YET',
        span,
        path,
        message: `the step type "${resolution.name}" is known, but this version does not run it yet`,
        hint: `it runs ${[...catalog.keys()].join(', ')}`,
      });
    } else if (resolution.how === 'ambiguous') {
      report({
        code: 'AMBIGUOUS_TYPE',
        span,
        path,
        message: `the fields of this step fit ${either(resolution.names)}`,
        hint: 'write "type"',
      });
    } else if (resolution.how === 'missing') {
      report({
        code: 'MISSING_TYPE',
        span,
        path,
        message: 'the step has no "type", and none of its fields tells it',
        hint: `the types are ${[...catalog.keys()].join(', ')}`,
      });
    }
  }
}

function spanOfType(step: StepFacts): Span {
  const type = child(step.node, 'type');
  if (type !== undefined) return type.span;
  return step.node.entries.get('id')?.keySpan ?? headSpan(step.node);
}
