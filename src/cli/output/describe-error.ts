/** Any error → what is printed and the exit code. The one table from errors to exit codes. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, findProjectRoot, PROJECT_FOLDER } from '../../config/index.ts';
import { EXIT } from '../../kernel/exit-codes.ts';
import { KeystoneError, StepFailure } from '../../kernel/failure.ts';
import type { CheckedFile } from '../app-api.ts';
import type { Paint, Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { version } from '../version.ts';
import { displayPath } from './display-path.ts';
import { renderDiagnostics } from './render-diagnostics.ts';

export interface ErrorSetting {
  terminal: Terminal;
  argv: readonly string[];
  cwd: string;
}

export interface DescribedError {
  exitCode: number;
  /** For stderr; empty when everything was said already. */
  text: string;
}

export async function describeError(error: unknown, setting: ErrorSetting): Promise<DescribedError> {
  const paint = setting.terminal.talkPaint;
  if (error instanceof UsageError) return { exitCode: EXIT.usage, text: describeUsage(error, setting) };
  if (error instanceof ConfigError) {
    const text = await renderDiagnostics(error.files, {
      paint,
      cwd: setting.cwd,
      next: 'keystone config check',
    });
    return { exitCode: EXIT.usage, text };
  }
  if (isDiagnosticsError(error)) {
    // Missing secrets are no mistakes of the file: to check it again would find nothing.
    const isFile = error.diagnostics.some(({ code }) => code !== 'SECRET_MISSING');
    const next = isFile ? { next: `keystone validate ${displayPath(error.file, setting.cwd)}` } : {};
    return {
      exitCode: EXIT.usage,
      text: await renderDiagnostics([error], { paint, cwd: setting.cwd, ...next }),
    };
  }
  if (error instanceof KeystoneError) {
    return { exitCode: error.exitCode, text: complaint(error.message, error.hint, paint) };
  }
  if (error instanceof StepFailure) {
    return { exitCode: EXIT.failed, text: complaint(`${error.code}: ${error.message}`, undefined, paint) };
  }
  return { exitCode: EXIT.bug, text: bugReport(error, paint) };
}

/** `error: …` and, below it, the hint that says what to type next. */
export function complaint(message: string, hint: string | undefined, paint: Paint): string {
  const head = `${paint.bold(paint.red('error:'))} ${message}`;
  return hint === undefined ? head : `${head}\n${paint.cyan('hint:')} ${hint}`;
}

/** What a defect of keystone itself looks like. */
export function bugReport(error: unknown, paint?: Paint): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const head = paint === undefined ? 'bug:' : paint.bold(paint.red('bug:'));
  const next =
    'this is a defect in keystone; please report it with the lines above. Runs are kept: keystone history';
  return `${head} ${stack}\n(keystone ${version()}, node ${process.version}, ${process.platform})\nhint: ${next}`;
}

function describeUsage(error: UsageError, { terminal, argv, cwd }: ErrorSetting): string {
  if (error.helpShown) return '';
  const help = error.command === undefined ? 'keystone --help' : `keystone ${error.command} --help`;
  const word = /^unknown command '(.*)'$/.exec(error.message)?.[1];
  if (word !== undefined && isWorkflow(word, cwd)) {
    return complaint(
      error.message,
      `to run the workflow: keystone run ${argv.join(' ')}`,
      terminal.talkPaint,
    );
  }
  const hint =
    error.suggestion === undefined ? `see ${help}` : `did you mean ${error.suggestion}? See also ${help}`;
  return complaint(error.message, hint, terminal.talkPaint);
}

function isWorkflow(name: string, cwd: string): boolean {
  const folder = join(findProjectRoot(cwd), PROJECT_FOLDER, 'workflows');
  return ['.yaml', '.yml'].some((extension) => existsSync(join(folder, `${name}${extension}`)));
}

/** By shape, because the app layer is not loaded merely to compare classes. */
function isDiagnosticsError(error: unknown): error is Error & CheckedFile {
  return error instanceof Error && 'diagnostics' in error && 'source' in error && 'file' in error;
}
