/** Whether an engine is the version it is pinned to: it is asked, once for each state of the program on disk. */

import { stat } from 'node:fs/promises';
import { cutText } from '../../kernel/cut-text.ts';
import { StepFailure } from '../../kernel/failure.ts';
import { findProgram } from '../../services/process/find-program.ts';
import { runProcess } from '../../services/process/run-process.ts';
import type { AllowedEngine } from './allowed.ts';

export interface VersionCheck {
  name: string;
  engine: AllowedEngine;
  cwd: string;
  env: Readonly<Record<string, string>>;
  signal: AbortSignal;
}

const ASKED_CHARACTERS = 16_384;
/** An engine that cannot say its version in this time is not fit to be pinned. */
const ANSWER_MS = 30_000;

const asked = new Map<string, string>();

/** @returns the program's absolute path. @throws {StepFailure} COMMAND_NOT_FOUND, ENGINE_VERSION */
export async function checkVersion(check: VersionCheck): Promise<string> {
  const { name, engine, cwd, env } = check;
  const program = await findProgram(engine.command, { cwd, path: env.PATH ?? '' });
  const printed = await versionOf(program, check);
  if (holdsVersion(printed, engine.version)) return program;
  throw new StepFailure(
    'ENGINE_VERSION',
    `engine "${name}" is pinned to version ${engine.version}, but ${program} ${engine.versionArgs.join(' ')} printed ${JSON.stringify(cutText(printed.trim(), 200))}; install that version, or change engines.allowlist.${name}.version`,
  );
}

async function versionOf(program: string, { engine, cwd, env, signal }: VersionCheck): Promise<string> {
  const { mtimeMs, size, ino } = await stat(program);
  const key = JSON.stringify([program, mtimeMs, size, ino, engine.versionArgs]);
  const known = asked.get(key);
  if (known !== undefined) return known;
  let printed = '';
  const late = AbortSignal.timeout(ANSWER_MS);
  const asking = runProcess({
    command: program,
    args: engine.versionArgs,
    cwd,
    env,
    signal: AbortSignal.any([signal, late]),
    onOutput: (_stream, chunk) => {
      if (printed.length < ASKED_CHARACTERS) printed += Buffer.from(chunk).toString('utf8');
    },
  });
  await asking.catch((error: unknown) => {
    if (signal.aborted || !late.aborted) throw error;
    throw new StepFailure(
      'ENGINE_VERSION',
      `${program} ${engine.versionArgs.join(' ')} did not end within ${ANSWER_MS / 1000} s`,
    );
  });
  asked.set(key, printed);
  return printed;
}

/** As a whole: 1.2.3 is neither in 11.2.3 nor in 1.2.30, nor in 1.2.3-beta. */
export function holdsVersion(printed: string, version: string): boolean {
  const literal = version.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
  return new RegExp(`(?<![\\w.+-])v?${literal}(?![\\w+-]|\\.\\d)`, 'u').test(printed);
}
