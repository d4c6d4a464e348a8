/** The `shell` kind: a script or a program. */
import { StepFailure } from '../../kernel/failure.ts';
import { quoteFor, SHELLS, type Shell } from '../../services/process/quote-for-shell.ts';
import { defineStep, type Refusal } from '../define.ts';
import { commandLine } from './command-line.ts';
import { DEFAULT_SHELL_CONFIG, type ShellConfig } from './config.ts';
import { deniedCommand, namedCommands } from './denied.ts';
import { runShell } from './run.ts';
import { type SandboxField, sandboxOf } from './sandbox.ts';
import { shellSchema } from './schema.ts';

export const shell = defineStep<typeof shellSchema, ShellConfig>({
  kind: 'shell',
  summary: 'Runs a script or a program; its output is what it prints.',
  schema: shellSchema,
  config: 'shell',
  inferredBy: ['run'],
  shellQuotedFields: ['run'],
  run: runShell,
  quote: async (written, config = DEFAULT_SHELL_CONFIG) =>
    quoteFor(written.shell === undefined ? config.default : shellOf(written.shell)),
  refuse: (written, config = DEFAULT_SHELL_CONFIG) =>
    refusedSandbox(written.sandbox, config) ?? deniedCommand(written, config),
  describe: (fields, config = DEFAULT_SHELL_CONFIG) => {
    const { command, args } = commandLine(fields, config.default);
    const where = fields.dir === undefined ? '' : ` (in ${fields.dir})`;
    const how = fields.sandbox === undefined || fields.sandbox === false ? '' : ' (in a sandbox)';
    return fields.run === undefined
      ? `${[command, ...args].join(' ')}${where}${how}`
      : `${fields.shell ?? config.default}: ${fields.run.trim()}${where}${how}`;
  },
  permissions: (written, config = DEFAULT_SHELL_CONFIG) => namedCommands(written, config),
});

/** A sandbox that is written as a template is judged when it is known. */
function refusedSandbox(written: unknown, config: ShellConfig): Refusal | undefined {
  if (typeof written === 'string' || JSON.stringify(written ?? null).includes('${{')) return undefined;
  const found = sandboxOf(written as SandboxField | undefined, config);
  return found !== undefined && 'code' in found ? found : undefined;
}

/** @throws {StepFailure} INVALID_FIELDS: a shell that is itself a template would be known only after values were quoted for it. */
function shellOf(written: unknown): Shell {
  const known = SHELLS.find((name) => name === written);
  if (known !== undefined) return known;
  throw new StepFailure('INVALID_FIELDS', `"shell" must be written out as one of ${SHELLS.join(', ')}`);
}
