/** Runs git: never asks anybody, never shows a credential, and says what it said when it fails. */

import type { BlobRef, BlobSink } from '../../kernel/blob-ref.ts';
import { StepFailure } from '../../kernel/failure.ts';
import { Capture } from '../process/capture.ts';
import { runProcess } from '../process/run-process.ts';
import type { Credential } from './credential.ts';
import { credentialConfig, withoutCredentials } from './credential.ts';

export interface GitWorld {
  /** Absolute. */
  cwd: string;
  env: Readonly<Record<string, string>>;
  signal: AbortSignal;
  openBlob(): BlobSink;
  /** What git tells while it works, without credentials. */
  onTold?(chunk: Uint8Array): void;
  onStart?(pid: number): void;
  /** Absent: what git finds by itself (a credential helper, an agent). */
  credential?: Credential | undefined;
}

/** Nobody is there to answer; a hanging prompt would only end with the time limit. */
const NO_PROMPTS = {
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: '',
  SSH_ASKPASS: '',
  GCM_INTERACTIVE: 'never',
  GIT_EDITOR: 'true',
  GIT_PAGER: 'cat',
  // Messages are shown, never judged; the codes below look at the few that tell a network's trouble.
  LC_ALL: 'C.UTF-8',
};

/** What a dying network says: another attempt may do. */
const WORTH_RETRYING =
  /could not resolve host|connection (timed out|reset|refused)|the remote end hung up|early EOF|operation timed out|HTTP 5\d\d|The requested URL returned error: (429|5\d\d)|unable to lock|index\.lock/i;
const NO_LOGIN =
  /authentication failed|could not read (username|password)|permission denied|terminal prompts disabled/i;

/**
 * @returns what it printed, as text when it is text of less than 10 MiB.
 * @throws {StepFailure} GIT_FAILED (retryable for trouble of the network), GIT_LOGIN, COMMAND_NOT_FOUND, and those of `runProcess`.
 */
export async function runGit(args: readonly string[], world: GitWorld): Promise<string | BlobRef> {
  const { credential } = world;
  const stdout = new Capture(world.openBlob);
  const stderr = new Capture(world.openBlob);
  try {
    const { exitCode, signal } = await runProcess({
      command: 'git',
      // A repository must not choose a transport that is a program.
      args: ['-c', 'protocol.ext.allow=never', ...args],
      cwd: world.cwd,
      env: gitEnvironment(world),
      signal: world.signal,
      onOutput: (stream, chunk) => {
        if (stream === 'stdout') stdout.add(chunk);
        else stderr.add(shownBytes(chunk, credential));
        if (stream === 'stderr') world.onTold?.(shownBytes(chunk, credential));
      },
      ...(world.onStart && { onStart: world.onStart }),
    });
    if (exitCode === 0) {
      stderr.abort();
      return stdout.finish();
    }
    throw failure(args, exitCode ?? signal, stderr.tail() || stdout.tail());
  } catch (error) {
    stdout.abort();
    stderr.abort();
    throw error;
  }
}

/** The same, for what is never large. */
export async function gitText(args: readonly string[], world: GitWorld): Promise<string> {
  const printed = await runGit(args, world);
  if (typeof printed === 'string') return printed;
  throw new StepFailure(
    'GIT_FAILED',
    `git ${args[0] ?? ''} printed ${printed.bytes} bytes, more than can be read`,
  );
}

/** Whether it succeeds; for questions that git answers by its exit code. */
export async function gitSays(args: readonly string[], world: GitWorld): Promise<boolean> {
  try {
    await runGit(args, world);
    return true;
  } catch (error) {
    if (error instanceof StepFailure && error.code === 'GIT_FAILED') return false;
    throw error;
  }
}

function gitEnvironment({ env, credential }: GitWorld): Record<string, string> {
  const ssh = env.GIT_SSH_COMMAND ?? 'ssh';
  return {
    ...env,
    ...NO_PROMPTS,
    GIT_SSH_COMMAND: `${ssh} -oBatchMode=yes`,
    ...credentialConfig(env, credential),
  };
}

const shownBytes = (chunk: Uint8Array, credential: Credential | undefined): Uint8Array =>
  Buffer.from(withoutCredentials(Buffer.from(chunk).toString('utf8'), credential));

function failure(args: readonly string[], how: number | string | null, told: string): StepFailure {
  const what = args.find((arg) => !arg.startsWith('-')) ?? '';
  const message = `git ${what} failed (${how}): ${told.trim()}`;
  if (NO_LOGIN.test(told))
    return new StepFailure('GIT_LOGIN', `${message}\ngive "token", or let git find a credential by itself`);
  return new StepFailure('GIT_FAILED', message, {
    retryable: WORTH_RETRYING.test(told),
    details: { exitCode: how, stderr: told },
  });
}
