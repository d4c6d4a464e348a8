/** The file's own fields: known, present, of the right type, and run by this version. */
import type { CheckContext } from '../context.ts';
import { UNSUPPORTED_WORKFLOW_FIELDS } from '../language/not-supported.ts';
import { workflowFields as FIELDS } from '../language/workflow.ts';
import { didYouMean } from '../nearest.ts';
import { headSpan } from '../structure/place.ts';
import type { Shape } from '../structure/shape.ts';
import { checkNode } from '../structure/walk.ts';

const SHAPES: Readonly<Record<string, Shape>> = FIELDS;

export function workflowFields({ facts, report }: CheckContext): void {
  for (const entry of facts.root.entries.values()) {
    const { key, keySpan } = entry;
    const shape = Object.hasOwn(SHAPES, key) ? SHAPES[key] : undefined;
    if (shape !== undefined) {
      checkNode(entry.value, shape, { path: key, label: `"${key}"`, report, templates: false });
    } else if (UNSUPPORTED_WORKFLOW_FIELDS.has(key)) {
      report({
        code: 'NOT_SUPPORTED_YET',
        span: keySpan,
        path: key,
        message: `"${key}" is known, but this version does not run it yet`,
      });
    } else if (!key.startsWith('x-')) {
      report({
        code: 'UNKNOWN_FIELD',
        span: keySpan,
        path: key,
        message: `"${key}" is not a field of a workflow`,
        hint: didYouMean(key, Object.keys(SHAPES)) ?? 'a field of your own begins with "x-"',
      });
    }
  }
  for (const name of ['name', 'steps']) {
    if (!facts.root.entries.has(name)) {
      report({
        code: 'MISSING_FIELD',
        span: headSpan(facts.root),
        path: '',
        message: `the workflow has no "${name}"`,
      });
    }
  }
}
