/** One attempt of a script step. */
import type { Static } from '@sinclair/typebox';
import type { Json } from '../../kernel/json.ts';
import { runSandboxed } from '../../services/sandbox/run-sandboxed.ts';
import type { StepContext, StepResult } from '../define.ts';
import { abortFailure, deadlineOf } from './deadline.ts';
import { hostFunctions, PREPARE } from './host-functions.ts';
import { runInsecure } from './run-insecure.ts';
import type { ScriptConfig, scriptSchema } from './schema.ts';
import { scriptFailure } from './script-failure.ts';

export type ScriptFields = Static<typeof scriptSchema>;

/**
 * The output is what the script returns; null when it returns nothing.
 * @throws {StepFailure} SCRIPT_ERROR, TIMEOUT, NO_RESOURCES (retryable); SCRIPT_SYNTAX, RESULT_NOT_JSON, OUTPUT_TOO_LARGE,
 *   SCRIPT_MEMORY, SCRIPT_STUCK, POLICY; what a function that `allow` grants threw, when the script did not catch it.
 */
export async function runScript(fields: ScriptFields, ctx: StepContext<ScriptConfig>): Promise<StepResult> {
  const deadline = deadlineOf(ctx);
  const { signal } = deadline;
  try {
    signal.throwIfAborted();
    return {
      output:
        fields.allowInsecure === true
          ? await runInsecure(fields, ctx, signal)
          : await run(fields, ctx, signal),
    };
  } catch (error) {
    throw signal.aborted ? abortFailure(signal) : error;
  } finally {
    deadline.clear();
  }
}

async function run(fields: ScriptFields, ctx: StepContext<ScriptConfig>, signal: AbortSignal): Promise<Json> {
  const { run: code, allow = [], allowPrivateNetwork = false } = fields;
  const memoryLimitMb = fields.memoryLimitMb ?? ctx.config.memoryLimitMb;
  const end = await runSandboxed({
    code,
    scope: ctx.codeScope(),
    functions: hostFunctions(allow, allowPrivateNetwork, ctx),
    prepare: PREPARE,
    memoryLimitMb,
    // An attempt that is made again after a crash has the same random numbers, another one others.
    seed: ctx.attemptId,
    signal,
    onConsole: (stream, text) => ctx.log.output(stream, Buffer.from(text)),
  });
  // The parsing edge: JSON text that the engine made.
  if (end.how === 'returned') return JSON.parse(end.json) as Json;
  throw scriptFailure(end, { code, memoryLimitMb, ctx });
}
