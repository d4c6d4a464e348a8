/** What to take when a value is missing. Both forgive a path that leads nowhere, which is an error everywhere else. */
import { defineTransform, type Transform } from './define.ts';

export const presenceTransforms: readonly Transform[] = [
  defineTransform({
    signature: 'default(value, fallback)',
    summary: 'The value, or the fallback when it is null or missing. For empty text too, use `||`.',
    examples: [
      [`null|default('none')`, 'none'],
      [`{a: {}}.a.b.c|default(1)`, 1],
      [`''|default('none')`, ''],
    ],
    lazy: true,
    apply: (args) => args.find((arg) => arg !== null),
  }),
  defineTransform({
    signature: 'coalesce(value, …)',
    summary: 'The first of the values that is neither null nor missing; null if there is none.',
    examples: [['coalesce(null, 2, 3)', 2]],
    lazy: true,
    apply: (args) => args.find((arg) => arg !== null),
  }),
];
