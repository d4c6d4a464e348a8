/** The `memory` kind: what workflows remember beyond a run. */
import { cutText } from '../../kernel/cut-text.ts';
import { defineStep } from '../define.ts';
import { checkMemory } from './check.ts';
import { runMemory } from './run.ts';
import { memorySchema } from './schema.ts';

export const memory = defineStep({
  kind: 'memory',
  summary: 'Remembers texts beyond the run, finds them again by words and meaning, and forgets them.',
  schema: memorySchema,
  hasEffect: ({ op }) => op !== 'search',
  check: checkMemory,
  run: runMemory,
  describe: ({ op, text, query, filter }) => {
    if (op === 'store') return `remember ${JSON.stringify(cutText(text ?? '', 60))}`;
    if (op === 'search') return `look for ${JSON.stringify(cutText(query ?? '', 60))}`;
    return `forget memories${filter === undefined ? '' : ` with ${JSON.stringify(filter)}`}`;
  },
  permissions: ({ op, scope }) => [
    {
      to: op === 'search' ? 'read' : 'write',
      what: `${typeof scope === 'string' ? scope : 'project'} memory`,
    },
  ],
});
