/** How the steps before went. Over the step's direct needs, as in GitHub Actions, or over a step that is given. */
import { isRecord, ownValue } from '../access.ts';
import { defineTransform, type Transform, type TransformCall, wrongType } from './define.ts';

export const statusTransforms: readonly Transform[] = [
  defineTransform({
    signature: 'success([step])',
    summary:
      'Whether every need succeeded (a failure that is allowed counts) and the run is not being canceled.',
    examples: [[`success({status: 'success'})`, true]],
    status: true,
    apply: (args, call) =>
      args.length > 0
        ? statusOf(args[0]) === 'success'
        : call.options.runCanceled !== true && needs(call).every(({ status }) => status === 'success'),
  }),
  defineTransform({
    signature: 'failure([step])',
    summary: 'Whether at least one need failed.',
    examples: [[`failure({status: 'success'})`, false]],
    status: true,
    apply: (args, call) =>
      args.length > 0
        ? statusOf(args[0]) === 'failed'
        : needs(call).some(({ status }) => status === 'failed'),
  }),
  defineTransform({
    signature: 'canceled([step])',
    summary: 'Whether the run is being canceled or a need was.',
    examples: [[`canceled({status: 'canceled'})`, true]],
    status: true,
    apply: (args, call) =>
      args.length > 0
        ? statusOf(args[0]) === 'canceled'
        : call.options.runCanceled === true || needs(call).some(({ status }) => status === 'canceled'),
  }),
  defineTransform({
    signature: 'always()',
    summary: 'True; a step with it runs however its needs ended.',
    examples: [['always()', true]],
    status: true,
    apply: () => true,
  }),
];

function needs(call: TransformCall): readonly { status: string }[] {
  return call.options.needs ?? [];
}

function statusOf(step: unknown): unknown {
  if (typeof step === 'string') return step;
  if (isRecord(step)) return ownValue(step, 'status');
  throw wrongType('the step', 'a step such as `steps.build`, or its status', step);
}
