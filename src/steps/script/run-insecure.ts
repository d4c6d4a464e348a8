/** A script as plain Node, in a process of its own: with everything the user may do. Only where the configuration allows it. */
import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import { StepFailure } from '../../kernel/failure.ts';
import type { Json } from '../../kernel/json.ts';
import { runCommand } from '../../services/process/run-command.ts';
import type { ProcessResult } from '../../services/process/run-process.ts';
import { MarkedOutput } from '../../services/sandbox/marked-output.ts';
import { NODE_RUNNER, type NodeEnd, type NodeJob } from '../../services/sandbox/node-runner.ts';
import { PRELUDE } from '../../services/sandbox/prelude.ts';
import { asFunction, framesOf } from '../../services/sandbox/script-body.ts';
import type { StepContext } from '../define.ts';
import { assertInsecureAllowed } from './refusal.ts';
import type { ScriptConfig } from './schema.ts';
import { memoryFailure, type ScriptSetting, scriptFailure } from './script-failure.ts';

const MAX_STDERR = 4096;

/** @throws {StepFailure} POLICY, those of a script in the sandbox, and SCRIPT_ENDED (retryable) when its process ended without a result. */
export async function runInsecure(
  { run: code, memoryLimitMb: own }: { run: string; memoryLimitMb?: number },
  ctx: StepContext<ScriptConfig>,
  signal: AbortSignal,
): Promise<Json> {
  assertInsecureAllowed(ctx.config);
  const memoryLimitMb = own ?? ctx.config.memoryLimitMb;
  const mark = `\0${randomBytes(16).toString('hex')}\0`;
  const job: NodeJob = {
    script: asFunction(code),
    scope: JSON.stringify(ctx.codeScope()),
    prelude: PRELUDE,
    mark,
  };
  const stdout = new MarkedOutput(mark, (chunk) => ctx.log.output('stdout', chunk));
  let stderr = '';
  const ended = await runCommand({
    command: nodeProgram(),
    args: [
      `--max-old-space-size=${Math.ceil(memoryLimitMb)}`,
      // import() of a script is one; it would be said on the standard error of every script.
      '--disable-warning=ExperimentalWarning',
      '-e',
      NODE_RUNNER,
    ],
    cwd: ctx.cwd,
    env: ctx.processEnv,
    stdin: JSON.stringify(job),
    signal,
    onStart: (pid) => ctx.processStarted(pid),
    onOutput: (stream, chunk) => {
      if (stream === 'stdout') return stdout.push(chunk);
      stderr = (stderr + chunk.toString('utf8')).slice(-MAX_STDERR);
      ctx.log.output('stderr', chunk);
    },
  });
  const result = stdout.end();
  const setting = { code, memoryLimitMb, ctx };
  if (result === undefined) throw endFailure(ended, stderr, setting);
  // The parsing edge: written by the runner.
  return resultOf(JSON.parse(result) as NodeEnd, setting);
}

function resultOf(end: NodeEnd, setting: ScriptSetting): Json {
  if ('tooLarge' in end) throw scriptFailure({ how: 'too-large', bytes: end.tooLarge }, setting);
  if ('returned' in end) {
    const text = end.returned.slice(1);
    if (end.returned.startsWith('+')) return JSON.parse(text) as Json;
    throw scriptFailure({ how: 'not-json', message: text }, setting);
  }
  const { name, message, stack } = JSON.parse(end.threw) as { name?: string; message: string; stack: string };
  throw scriptFailure(
    { how: 'threw', message, frames: framesOf(stack), ...(name !== undefined && { name }) },
    setting,
  );
}

function endFailure(
  { exitCode, signal }: ProcessResult,
  stderr: string,
  setting: ScriptSetting,
): StepFailure {
  if (stderr.includes('heap out of memory')) return memoryFailure(setting.memoryLimitMb);
  const how = exitCode === null ? `by signal ${signal ?? ''}` : `with exit code ${exitCode}`;
  return new StepFailure(
    'SCRIPT_ENDED',
    `the process of the script ended ${how} before the script returned`,
    {
      retryable: true,
      details: { stderr, ...(exitCode !== null && { exitCode }) },
    },
  );
}

/** The Node that runs keystone, unless keystone is a program of its own. */
function nodeProgram(): string {
  return /^node(\.exe)?$/.test(basename(process.execPath)) ? process.execPath : 'node';
}
