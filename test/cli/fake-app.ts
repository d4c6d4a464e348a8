/** An app layer without an engine, and a world to call the command line in: what the faces do is tested apart from what runs do. */
import { PassThrough, Readable } from 'node:stream';
import type { RunEvent, RunHandle, RunResult } from '../../src/app/types.ts';
import type { AppApi } from '../../src/cli/app-api.ts';
import type { World } from '../../src/cli/context.ts';
import { runCli } from '../../src/cli/run-cli.ts';
import type { OutputStream } from '../../src/cli/terminal.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { KeystoneError } from '../../src/kernel/failure.ts';

export class Captured implements OutputStream {
  text = '';
  isTTY: boolean;
  columns = 100;
  rows = 30;
  constructor(isTTY = false) {
    this.isTTY = isTTY;
  }
  write(text: string): boolean {
    this.text += text;
    return true;
  }
}

export interface Outcome {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Runs `keystone <argv>` in this process against `app`. */
export async function keystone(
  argv: readonly string[],
  options: { app?: Partial<AppApi>; cwd?: string; stdin?: string; tty?: boolean } = {},
): Promise<Outcome> {
  const stdout = new Captured(options.tty ?? false);
  const stderr = new Captured(options.tty ?? false);
  const world: World = {
    streams: {
      stdin: options.stdin === undefined ? new PassThrough() : Readable.from([options.stdin]),
      stdout,
      stderr,
    },
    cwd: options.cwd ?? '/nowhere',
    loadApp: async () => fakeApp(options.app),
  };
  const exitCode = await runCli(argv, world);
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}

/** Every function that is not given refuses to be called. */
export function fakeApp(given: Partial<AppApi> = {}): AppApi {
  const base: Partial<AppApi> = {
    openProject: ({ cwd, config }) => ({ root: cwd, cwd, config, kinds: new Map(), clock: systemClock }),
    inputsOfRun: async () => ({}),
    resolveRunId: async (_project, text) => (text === 'last' ? 'abc1234567' : text),
    describeWorkflow: async (_project, { workflow }) => ({
      name: workflow,
      file: `/p/${workflow}.yaml`,
      inputs: {},
    }),
    readLogs: async function* () {},
    ...given,
  };
  return new Proxy(base, {
    get(target, name: keyof AppApi) {
      if (name in target) return target[name];
      if (String(name) === 'then') return undefined;
      return () => {
        throw new KeystoneError('NOT_EXPECTED', `app.${String(name)} was not expected to be called`, {
          exitCode: 99,
        });
      };
    },
  }) as AppApi;
}

export function result(over: Partial<RunResult> = {}): RunResult {
  return {
    runId: 'abc1234567',
    workflow: 'release',
    status: 'success',
    outputs: {},
    startedAt: Date.UTC(2026, 0, 2, 3, 4, 5),
    durationMs: 1234,
    steps: {},
    ...over,
  };
}

/** A handle that plays events and then ends with `end`. */
export function handle(
  end: RunResult | Promise<RunResult>,
  events: readonly Partial<RunEvent>[] = [],
): RunHandle {
  let play: (() => void) | undefined;
  const played = new Promise<void>((resolve) => {
    play = resolve;
  });
  return {
    runId: 'abc1234567',
    result: played.then(() => end),
    subscribe(listener) {
      let seq = 0;
      for (const event of events)
        listener({ ts: 1_767_323_045_000, seq: seq++, runId: 'abc1234567', type: 'log', ...event });
      play?.();
      return () => {};
    },
    answer: () => undefined,
    questions: () => [],
    cancel: () => {},
    abort: async () => {},
  };
}
