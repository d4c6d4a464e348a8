/** Fresh identifiers, recorded by the runtime. */
import { defineTransform, type Transform } from './define.ts';

export const idTransforms: readonly Transform[] = [
  defineTransform({
    signature: 'uuid()',
    summary: 'A fresh UUID at every evaluation; recorded, so that a replay sees the same.',
    examples: [['uuid()', '00000000-0000-4000-8000-000000000001']],
    apply: (_args, { options }) => options.hooks.uuid(),
  }),
];
