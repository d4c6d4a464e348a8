/** `needs` names other steps of the same block, each once. */
import { BLOCK_NAMES } from '../../plan.ts';
import type { CheckContext, Problem } from '../context.ts';
import type { StepFacts, WorkflowFacts } from '../facts.ts';
import { didYouMean } from '../nearest.ts';

export function needs({ facts, report }: CheckContext): void {
  for (const step of BLOCK_NAMES.flatMap((block) => facts.blocks[block])) {
    for (const need of step.needs) {
      const at = { span: need.node.span, path: need.path };
      if (need.id === step.id) {
        report({ ...at, code: 'SELF_NEED', message: `step "${need.id}" cannot need itself` });
      } else if (!facts.ids[step.block].has(need.id)) {
        report({ ...at, ...unknownNeed(facts, step, need.id) });
      }
    }
  }
}

function unknownNeed(
  facts: WorkflowFacts,
  step: StepFacts,
  id: string,
): Pick<Problem, 'code' | 'message' | 'hint'> {
  const other = BLOCK_NAMES.find((block) => block !== step.block && facts.ids[block].has(id));
  if (other === undefined) {
    return {
      code: 'UNKNOWN_STEP',
      message: `"needs" names "${id}", which is no step of "${step.block}"`,
      hint: () => didYouMean(id, facts.ids[step.block].keys()),
    };
  }
  return {
    code: 'NEED_OTHER_BLOCK',
    message: `"needs" names "${id}", which is a step of "${other}"; a step can only need steps of its own block`,
    hint: step.block === 'steps' ? undefined : 'leave it out: the steps before have always ended by then',
  };
}
