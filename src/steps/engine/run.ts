/** One attempt of an engine: is it allowed and the right version, then run it in its folder and read its summary. */
import { mkdtemp, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import type { Static } from '@sinclair/typebox';
import { StepFailure } from '../../kernel/failure.ts';
import type { Json } from '../../kernel/json.ts';
import { Capture } from '../../services/process/capture.ts';
import { type ProcessResult, runProcess } from '../../services/process/run-process.ts';
import type { BlobRef, StepContext, StepResult } from '../define.ts';
import { durationMs } from '../duration.ts';
import { type AllowedEngine, allowedEngine, type EnginesConfig } from './allowed.ts';
import type { engineSchema } from './schema.ts';
import { readSummary } from './summary.ts';
import { checkVersion } from './version.ts';

export type EngineFields = Static<typeof engineSchema>;

/** Of the process environment an engine gets only what programs cannot do without; the rest must be named by `env`. */
const ESSENTIAL = [
  'PATH',
  'HOME',
  'USER',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'TMPDIR',
  'TERM',
  'SystemRoot',
];

/**
 * @throws {StepFailure} ENGINE_NOT_ALLOWED, ENGINE_DENIED, ENGINE_VERSION, ENGINE_SUMMARY; EXIT_CODE and SIGNAL (retryable), with the
 *   last lines in details; and those of `runProcess`.
 */
export async function runEngine(fields: EngineFields, ctx: StepContext<EnginesConfig>): Promise<StepResult> {
  const engine = requireAllowed(fields.command, ctx.config);
  const cwd = path.resolve(ctx.cwd, fields.cwd);
  const env = engineEnvironment(ctx);
  const program = await checkVersion({ name: fields.command, engine, cwd, env, signal: ctx.signal });
  const folder = await mkdtemp(path.join(tmpdir(), 'keystone-engine-'));
  const file = path.join(folder, 'summary');
  const stdout = new Capture(() => ctx.openBlob());
  const stderr = new Capture(() => ctx.openBlob());
  try {
    const result = await runProcess({
      command: program,
      args: (fields.args ?? []).map(String),
      cwd,
      env: { ...env, KEYSTONE_ENGINE_SUMMARY_PATH: file },
      signal: ctx.signal,
      onStart: (pid) => ctx.processStarted(pid),
      onOutput: (stream, chunk) => {
        ctx.log.output(stream, chunk);
        (stream === 'stdout' ? stdout : stderr).add(chunk);
      },
      ...(fields.input !== undefined && { stdin: inputText(fields.input) }),
      ...(fields.gracePeriod !== undefined && { graceMs: durationMs(fields.gracePeriod) }),
    });
    if (result.exitCode !== 0) throw endFailure(fields.command, result, stdout, stderr);
    const printed = stdout.finish();
    const summary = await readSummary({
      file,
      stdout: typeof printed === 'string' ? printed : undefined,
      from: fields.summary ?? 'auto',
    });
    if (summary !== null) await keepSummary(summary, ctx);
    const raw = { stdout: asJson(printed), stderr: asJson(stderr.finish()), exitCode: 0 };
    return { output: summary, raw };
  } catch (error) {
    stdout.abort();
    stderr.abort();
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Beside the output, which `transform` may change: what the engine itself said, for people and later runs. */
async function keepSummary(
  summary: Json,
  { path: step, signal, services }: StepContext<EnginesConfig>,
): Promise<void> {
  const content = Buffer.from(`${JSON.stringify(summary, null, 2)}\n`);
  await services.artifacts.upload({
    name: `${step.replaceAll(/[^\w.-]+/g, '-').replace(/-$/, '')}-summary`,
    step,
    overwrite: false,
    secrets: 'mask',
    signal,
    files: [
      {
        path: 'summary.json',
        read: async (visit) => {
          visit(content);
          return { executable: false };
        },
      },
    ],
  });
}

function requireAllowed(name: string, config: EnginesConfig): AllowedEngine {
  const engine = allowedEngine(name, config);
  if ('code' in engine) throw new StepFailure(engine.code, `${engine.message}; ${engine.hint}`);
  return engine;
}

function engineEnvironment({ processEnv, env }: StepContext<EnginesConfig>): Record<string, string> {
  const chosen: Record<string, string> = {};
  for (const [name, value] of Object.entries(processEnv))
    if (ESSENTIAL.includes(name) || name.startsWith('KEYSTONE_')) chosen[name] = value;
  return { ...chosen, ...env };
}

const inputText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const asJson = (value: string | BlobRef): Json =>
  typeof value === 'string' ? value : { blob: value.blob, bytes: value.bytes };

function endFailure(name: string, result: ProcessResult, stdout: Capture, stderr: Capture): StepFailure {
  const [errors, output] = [stderr.tail(), stdout.tail()];
  const last = (errors === '' ? output : errors).split('\n').slice(-10).join('\n');
  const told = last === '' ? '' : `:\n${last}`;
  const details = { stderr: errors, stdout: output };
  if (result.exitCode !== null)
    return new StepFailure('EXIT_CODE', `engine ${name} ended with exit code ${result.exitCode}${told}`, {
      retryable: true,
      details: { exitCode: result.exitCode, ...details },
    });
  const signal = result.signal ?? 'SIGKILL';
  return new StepFailure('SIGNAL', `engine ${name} was ended by ${signal}${told}`, {
    retryable: true,
    details: { exitCode: 128 + constants.signals[signal], signal, ...details },
  });
}
