/** Whether a call names a known transform and gives it as many values as it takes; found before anything runs. */
import type { ExpressionErrorCode } from './expression-error.ts';
import { functionHint } from './hints/names.ts';
import { TRANSFORMS } from './transforms/index.ts';

interface ArityProblem {
  code: ExpressionErrorCode;
  message: string;
  hint: string | undefined;
}

/** `count` includes the value before the `|`. */
export function arityProblem(name: string, count: number): ArityProblem | undefined {
  const transform = TRANSFORMS.get(name);
  if (!transform) {
    const hint = functionHint(name, [...TRANSFORMS.keys()]);
    return {
      code: 'EXPRESSION_UNKNOWN_FUNCTION',
      message: `there is no transform or function "${name}"`,
      hint,
    };
  }
  const { minimum, maximum, signature } = transform;
  if (count >= minimum && count <= maximum) return undefined;
  const message = `"${name}" got ${count} ${count === 1 ? 'value' : 'values'}, counting the one before the "|"`;
  return { code: 'EXPRESSION_ARGUMENTS', message, hint: `it is ${signature}` };
}
