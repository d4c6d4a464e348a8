/** Whether a step is run in a sandbox, and in which: what its author asks for, and what the configuration demands. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { StepFailure } from '../../kernel/failure.ts';
import { sandboxed, sandboxProblem } from '../../services/process/bubblewrap.ts';
import { findProgram } from '../../services/process/find-program.ts';
import type { Refusal } from '../define.ts';
import type { CommandLine } from './command-line.ts';
import type { ShellConfig } from './config.ts';

/** The field `sandbox`. */
export type SandboxField = boolean | { network?: boolean; writable?: readonly string[] };

interface Limits {
  network: boolean;
  writable: readonly string[];
}

/** Of a step that says no more than that it wants one. */
const DEFAULT: Limits = { network: true, writable: ['.'] };

/** The limits that are to hold; undefined: none. A refusal when they are demanded and cannot be had. */
export function sandboxOf(
  field: SandboxField | undefined,
  config: ShellConfig,
): Limits | Refusal | undefined {
  if (field === false) return config.sandbox === 'required' ? mustHaveOne : undefined;
  if (field === undefined && config.sandbox === 'off') return undefined;
  const limits = typeof field === 'object' ? { ...DEFAULT, ...field } : DEFAULT;
  const problem = sandboxProblem(limits.network);
  if (problem === undefined) return limits;
  if (field === undefined && config.sandbox === 'auto') return undefined;
  const who =
    field === undefined
      ? 'the configuration demands a sandbox (shell.sandbox: required)'
      : 'it wants a "sandbox"';
  return {
    code: 'SANDBOX_UNAVAILABLE',
    message: `${who}, but ${problem}`,
    hint:
      field === undefined
        ? 'install bubblewrap, or set shell.sandbox: auto'
        : 'install bubblewrap where namespaces are allowed, or take "sandbox" out of the step',
  };
}

const mustHaveOne: Refusal = {
  code: 'SANDBOX_REQUIRED',
  message: 'it has "sandbox: false", but the configuration demands a sandbox (shell.sandbox: required)',
  hint: 'take "sandbox: false" out of the step, or set shell.sandbox: auto',
};

export interface Place {
  /** Of the run. */
  cwd: string;
  /** Of the command. */
  dir: string;
  path: string | undefined;
}

/** @throws {StepFailure} SANDBOX_PATH, COMMAND_NOT_FOUND (which bubblewrap would tell in its own words) */
export async function intoSandbox(
  line: CommandLine,
  { network, writable }: Limits,
  { cwd, dir, path }: Place,
): Promise<CommandLine> {
  const paths = writable.map((each) => resolve(cwd, each));
  const missing = paths.findIndex((each) => !existsSync(each));
  if (missing >= 0)
    throw new StepFailure('SANDBOX_PATH', `"writable" names ${writable[missing]}, which is not there`);
  const command = await findProgram(line.command, { cwd: dir, path: path ?? '' });
  // A command may not change what keystone has written down of its run.
  const protect = [join(cwd, '.keystone')];
  return sandboxed({ ...line, command }, { network, writable: paths, cwd: dir, protect });
}
