/** The `shell` kind: a script or a program. */
import { StepFailure } from '../../kernel/failure.ts';
import { quoteFor, SHELLS, type Shell } from '../../services/process/quote-for-shell.ts';
import { defineStep } from '../define.ts';
import { commandLine } from './command-line.ts';
import { runShell } from './run.ts';
import { shellSchema } from './schema.ts';

export const shell = defineStep({
  kind: 'shell',
  summary: 'Runs a script or a program; its output is what it prints.',
  schema: shellSchema,
  inferredBy: ['run'],
  shellQuotedFields: ['run'],
  run: runShell,
  quote: async (written) => quoteFor(shellOf(written.shell)),
  describe: (fields) => {
    const { command, args } = commandLine(fields);
    const where = fields.dir === undefined ? '' : ` (in ${fields.dir})`;
    return fields.run === undefined
      ? `${[command, ...args].join(' ')}${where}`
      : `${fields.shell ?? 'sh'}: ${fields.run.trim()}${where}`;
  },
});

/** @throws {StepFailure} INVALID_FIELDS: a shell that is itself a template would be known only after values were quoted for it. */
function shellOf(written: unknown): Shell {
  if (written === undefined) return 'sh';
  const known = SHELLS.find((name) => name === written);
  if (known !== undefined) return known;
  throw new StepFailure('INVALID_FIELDS', `"shell" must be written out as one of ${SHELLS.join(', ')}`);
}
