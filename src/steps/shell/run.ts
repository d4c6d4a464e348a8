/** One attempt of a shell step: start, stream, capture, and say what came out. */
import { constants } from 'node:os';
import { resolve } from 'node:path';
import type { Static } from '@sinclair/typebox';
import { StepFailure } from '../../kernel/failure.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { Capture } from '../../services/process/capture.ts';
import type { Shell } from '../../services/process/quote-for-shell.ts';
import { runCommand } from '../../services/process/run-command.ts';
import type { ProcessResult } from '../../services/process/run-process.ts';
import type { BlobRef, Refusal, StepContext, StepResult } from '../define.ts';
import { durationMs } from '../duration.ts';
import { type CommandLine, commandLine } from './command-line.ts';
import { DEFAULT_SHELL_CONFIG, type ShellConfig } from './config.ts';
import { deniedCommand } from './denied.ts';
import { parseOutput } from './parse-output.ts';
import { intoSandbox, sandboxOf } from './sandbox.ts';
import type { shellSchema } from './schema.ts';

export type ShellFields = Static<typeof shellSchema>;

/**
 * @throws {StepFailure} EXIT_CODE (retryable) with `details {exitCode, stderr, stdout}` holding the last lines; SIGNAL (retryable);
 *   OUTPUT_NOT_PARSED; OUTPUT_TOO_LARGE when `parse` is asked of more than 10 MiB; COMMAND_DENIED; SANDBOX_REQUIRED, SANDBOX_UNAVAILABLE,
 *   SANDBOX_PATH; and those of `runCommand`.
 */
export async function runShell(fields: ShellFields, ctx: StepContext<ShellConfig>): Promise<StepResult> {
  const { config = DEFAULT_SHELL_CONFIG } = ctx;
  const shell = fields.shell ?? config.default;
  const line = commandLine(fields, shell);
  const denied = deniedCommand(fields, config);
  if (denied !== undefined) throw refused(denied);
  const cwd = fields.dir === undefined ? ctx.cwd : resolve(ctx.cwd, fields.dir);
  const stdout = new Capture(() => ctx.openBlob());
  const stderr = new Capture(() => ctx.openBlob());
  try {
    const result = await runCommand({
      ...(await inItsSandbox(line, { fields, ctx, config, cwd })),
      cwd,
      env: ctx.processEnv,
      signal: ctx.signal,
      onStart: (pid) => ctx.processStarted(pid),
      onOutput: (stream, chunk) => {
        ctx.log.output(stream, chunk);
        (stream === 'stdout' ? stdout : stderr).add(chunk);
      },
      ...(fields.stdin === undefined ? {} : { stdin: inputText(fields.stdin) }),
      ...(fields.gracePeriod === undefined ? {} : { graceMs: durationMs(fields.gracePeriod) }),
    });
    if (result.exitCode !== 0)
      throw endFailure(fields.run === undefined ? line.command : shell, result, stdout, stderr);
    return await toResult(fields, stdout, stderr);
  } catch (error) {
    stdout.abort();
    stderr.abort();
    throw fields.run === undefined ? error : namingShell(error, shell);
  }
}

interface Attempt {
  fields: ShellFields;
  ctx: StepContext;
  config: ShellConfig;
  cwd: string;
}

async function inItsSandbox(line: CommandLine, { fields, ctx, config, cwd }: Attempt): Promise<CommandLine> {
  const limits = sandboxOf(fields.sandbox, config);
  if (limits === undefined) return line;
  if ('code' in limits) throw refused(limits);
  return intoSandbox(line, limits, { cwd: ctx.cwd, dir: cwd, path: ctx.processEnv.PATH });
}

/** Who wrote a script looks for the program that reads it under `shell`. */
function namingShell(error: unknown, shell: Shell): unknown {
  if (!(error instanceof StepFailure) || error.code !== 'COMMAND_NOT_FOUND') return error;
  return new StepFailure(
    error.code,
    `the script is for ${shell}, but there is no program ${shell} on the PATH; install it, or write the script for another "shell"`,
    { details: { command: shell }, cause: error },
  );
}

async function toResult(fields: ShellFields, stdout: Capture, stderr: Capture): Promise<StepResult> {
  const out = stdout.finish();
  const raw: JsonObject = { stdout: asJson(out), stderr: asJson(stderr.finish()), exitCode: 0 };
  if (fields.parse === undefined) return { output: typeof out === 'string' ? out.trim() : asJson(out), raw };
  if (typeof out === 'string') return { output: await parseOutput(out, fields.parse), raw };
  throw new StepFailure(
    'OUTPUT_TOO_LARGE',
    `stdout cannot be parsed as ${fields.parse}: its ${out.bytes} bytes are more than 10 MiB or no UTF-8; leave out "parse" to get a reference to them`,
    { details: { parse: fields.parse, ...out } },
  );
}

function asJson(value: string | BlobRef): Json {
  return typeof value === 'string' ? value : { blob: value.blob, bytes: value.bytes };
}

function inputText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const refused = ({ code, message, hint }: Refusal): StepFailure =>
  new StepFailure(code, `${message}; ${hint}`, { details: { hint } });

function endFailure(what: string, result: ProcessResult, stdout: Capture, stderr: Capture): StepFailure {
  const errors = stderr.tail();
  const output = stdout.tail();
  const last = lastLines(errors === '' ? output : errors);
  const details = { stderr: errors, stdout: output };
  if (result.exitCode !== null) {
    return new StepFailure('EXIT_CODE', `${what} ended with exit code ${result.exitCode}${last}`, {
      retryable: true,
      details: { exitCode: result.exitCode, ...details },
    });
  }
  const signal = result.signal ?? 'SIGKILL';
  const number = constants.signals[signal];
  const hint = signal === 'SIGKILL' ? '; the system does that when memory runs out' : '';
  return new StepFailure('SIGNAL', `${what} was ended by signal ${number} (${signal})${hint}${last}`, {
    retryable: true,
    details: { exitCode: 128 + number, signal, ...details },
  });
}

function lastLines(text: string): string {
  return text === '' ? '' : `:\n${text.split('\n').slice(-10).join('\n')}`;
}
