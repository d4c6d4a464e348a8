/** The `file` kind: reads, writes, lists, copies and deletes files inside the run's folder. */
import { defineStep } from '../define.ts';
import { runFile } from './run.ts';
import { fileSchema } from './schema.ts';

export const file = defineStep({
  kind: 'file',
  summary:
    "Reads, writes, appends, lists, copies or deletes files inside the run's folder; writes are atomic.",
  schema: fileSchema,
  hasEffect: ({ op }) => op !== 'read' && op !== 'exists' && op !== 'list',
  run: runFile,
  describe: (fields) => `${fields.op} ${fields.path}${fields.to === undefined ? '' : ` to ${fields.to}`}`,
});
