/** A run followed to its end: streams, formats, exit codes, signals. */
import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import type { RunEvent, RunResult } from '../../src/app/types.ts';
import type { CommandContext } from '../../src/cli/command.ts';
import { exitCodeOf, followRun } from '../../src/cli/follow-run.ts';
import { Options } from '../../src/cli/options.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { loadConfig } from '../../src/config/index.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { Captured, fakeApp, handle, keystone, result } from './fake-app.ts';
import { shapeErrors } from './shape-errors.ts';

const EVENTS: Partial<RunEvent>[] = [
  { type: 'run.started', workflow: 'release' },
  { type: 'step.started', path: 'build', attempt: 1 },
  { type: 'step.output', path: 'build', stream: 'stdout', text: 'compiling\n' },
  { type: 'step.finished', path: 'build', status: 'success', durationMs: 1200 },
  { type: 'step.skipped', path: 'deploy', reason: 'if is false' },
];

const follow = (end: RunResult, argv: string[] = [], events = EVENTS) =>
  keystone(['run', 'release', ...argv], { cwd: '/', app: { runWorkflow: async () => handle(end, events) } });

describe('output', () => {
  test('outputs go to stdout, progress and summary to stderr', async () => {
    const { exitCode, stdout, stderr } = await follow(result({ outputs: { url: 'https://x', ids: [1, 2] } }));
    expect(exitCode).toBe(0);
    expect(stdout).toBe('url: https://x\nids: [1,2]\n');
    expect(stderr).toMatch(/^\d\d:\d\d:\d\d ▶ release {2}run abc1234567$/m);
    expect(stderr).toMatch(/^\d\d:\d\d:\d\d ✔ build {2}1\.2s$/m);
    expect(stderr).toMatch(/^\d\d:\d\d:\d\d – deploy {2}skipped {2}if is false$/m);
    expect(stderr).toMatch(/^✔ release succeeded in 1\.2s/m);
  });

  test('--quiet leaves nothing but the outputs', async () => {
    const { stdout, stderr } = await follow(result({ outputs: { a: 1 } }), ['--quiet']);
    expect({ stdout, stderr }).toEqual({ stdout: 'a: 1\n', stderr: '' });
  });

  test('--json prints the whole run as one object of the documented shape', async () => {
    const end = result({
      outputs: { a: 1 },
      steps: { build: { kind: 'shell', status: 'success', attempts: 1 } },
    });
    const { stdout } = await follow(end, ['--json']);
    expect(JSON.parse(stdout)).toEqual(end);
    expect(shapeErrors('run', JSON.parse(stdout))).toEqual([]);
  });

  test('--events prints each event as a line of JSON and nothing else', async () => {
    const { stdout, stderr } = await follow(result({ outputs: { a: 1 } }), ['--events']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).type)).toEqual(EVENTS.map(({ type }) => type));
    expect(stderr).toBe('');
  });

  test('control sequences in outputs and step output never reach the terminal', async () => {
    const evil = '\u001b[2J\u001b]0;title\u0007text';
    const events: Partial<RunEvent>[] = [
      { type: 'step.started', path: 'a' },
      {
        type: 'step.finished',
        path: 'a',
        status: 'failed',
        error: { code: 'X', message: evil, retryable: false },
      },
    ];
    const { stdout, stderr } = await follow(result({ outputs: { a: evil } }), [], events);
    expect(stdout).toBe('a: text\n');
    expect(stderr).not.toContain('\u001b');
  });
});

describe('a failed run', () => {
  const failed = result({
    status: 'failed',
    outputs: null,
    error: { code: 'EXIT_CODE', message: 'npm test exited with 1', retryable: true, stepId: 'test' },
    steps: {
      test: {
        kind: 'shell',
        status: 'failed',
        outcome: 'failed',
        attempts: 3,
        error: {
          code: 'EXIT_CODE',
          message: 'npm test exited with 1',
          retryable: true,
          details: {
            file: '/p/release.yaml',
            line: 3,
            column: 5,
            source: 'a\nb\n  - run: npm test\nc\n',
            stderr: 'line 1\nline 2\n',
          },
        },
      },
      deploy: { kind: 'shell', status: 'skipped', attempts: 0, skipReason: 'need test failed' },
    },
  });

  test('names step, code, message, place, attempts, last output and what to type next', async () => {
    const { exitCode, stdout, stderr } = await follow(failed);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('✖ test  EXIT_CODE  npm test exited with 1');
    expect(stderr).toContain('at p/release.yaml:3:5');
    expect(stderr).toContain('3 |   - run: npm test\n      |     ^');
    expect(stderr).toContain('after 3 attempts');
    expect(stderr).toContain('│ line 2');
    expect(stderr).toContain('keystone logs abc1234567 test');
    expect(stderr).toContain('keystone why abc1234567 deploy');
    expect(stderr.match(/npm test exited with 1/g)).toHaveLength(1);
  });

  test('is explained even under --quiet, without the advice', async () => {
    const { stderr } = await follow(failed, ['--quiet']);
    expect(stderr).toContain('npm test exited with 1');
    expect(stderr).not.toContain('next:');
  });

  test('reads the last lines from the log when the failure carries none', async () => {
    const end = structuredClone(failed);
    end.steps.test!.error!.details = {};
    const app = {
      runWorkflow: async () => handle(end),
      readLogs: async function* () {
        yield { path: 'test', attempt: 3, stream: 'stdout' as const, text: 'first\nlast words\n' };
      },
    };
    const { stderr } = await keystone(['run', 'release'], { cwd: '/', app });
    expect(stderr).toContain('│ last words');
  });

  test('of a fan-out shows the items that failed, and counts the rest', async () => {
    const error = { code: 'EXIT_CODE', message: 'no', retryable: false };
    const item = { kind: 'shell', status: 'failed', outcome: 'failed', attempts: 1, error } as const;
    const end = result({
      status: 'failed',
      steps: {
        test: {
          kind: 'shell',
          status: 'failed',
          outcome: 'failed',
          attempts: 1,
          error,
          items: Array.from({ length: 8 }, () => item),
        },
      },
    });
    const { stderr } = await follow(end);
    expect(stderr).toContain('✖ test[4]');
    expect(stderr).not.toContain('✖ test[5]');
    expect(stderr).toContain('… and 3 more failed steps');
  });
});

describe('a suspended run', () => {
  test('says what it waits for and the command that goes on, and exits 3', async () => {
    const end = result({
      status: 'suspended',
      outputs: null,
      suspendedOn: [
        {
          step: 'pause',
          kind: 'sleep',
          dueAt: Date.UTC(2026, 5, 1),
          answerWith: 'keystone resume abc1234567',
        },
      ],
    });
    const { exitCode, stderr } = await follow(end, []);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('⏸ pause (sleep) waits until 2026-');
    expect(stderr).toContain('next: keystone resume abc1234567');
  });
});

describe('exit codes', () => {
  test.each([
    ['success', undefined, 0],
    ['failed', undefined, 1],
    ['suspended', undefined, 3],
    ['paused', undefined, 3],
    ['canceled', undefined, 1],
    ['canceled', 130, 130],
    ['canceled', 143, 143],
    ['success', 130, 0],
  ] as const)('a run that ends %s after signal %s exits %d', (status, signal, expected) => {
    expect(exitCodeOf(status, signal)).toBe(expected);
  });
});

describe('signals', () => {
  /** Follows a run that ends only when the test says so. */
  function following(act: { cancel?: () => void; abort?: () => Promise<void> } = {}) {
    const signals = new EventEmitter();
    const stderr = new Captured();
    const terminal = new Terminal(
      { stdin: process.stdin, stdout: new Captured(), stderr },
      { color: 'never', quiet: false },
    );
    let end: (value: RunResult) => void = () => {};
    const ended = new Promise<RunResult>((resolve) => {
      end = resolve;
    });
    const loaded = loadConfig({ cwd: '/', env: {} });
    const project = { root: '/', cwd: '/', config: loaded.config, kinds: new Map(), clock: systemClock };
    const context: CommandContext = {
      terminal,
      cwd: '/',
      config: () => loaded,
      open: async () => ({ app: fakeApp(), project }),
      readStdin: async () => '',
    };
    const following = {
      app: fakeApp(),
      project,
      options: new Options({}),
      signals,
    };
    const run = followRun(context, { ...handle(ended), ...act }, following);
    return { run, signals, stderr, end };
  }

  test('the first SIGINT cancels, says so, and the exit code is 130', async () => {
    let canceled = 0;
    const { run, signals, stderr, end } = following({
      cancel: () => {
        canceled += 1;
      },
    });
    signals.emit('SIGINT');
    expect(canceled).toBe(1);
    expect(stderr.text).toContain('SIGINT: canceling');
    end(result({ status: 'canceled', outputs: null }));
    expect(await run).toBe(130);
    expect(signals.listenerCount('SIGINT')).toBe(0);
  });

  test('SIGTERM cancels too, and the exit code is 143', async () => {
    const { run, signals, end } = following();
    signals.emit('SIGTERM');
    end(result({ status: 'canceled', outputs: null }));
    expect(await run).toBe(143);
  });

  test('the second SIGINT stops at once, though the run has not ended, and exits 130', async () => {
    let aborted = 0;
    const { run, signals, stderr } = following({
      abort: async () => {
        aborted += 1;
      },
    });
    signals.emit('SIGINT');
    signals.emit('SIGINT');
    expect(await run).toBe(130);
    expect(aborted).toBe(1);
    expect(stderr.text).toContain('keystone resume abc1234567');
  });

  test('a third SIGINT does not wait until everything has stopped', async () => {
    const { run, signals } = following({ abort: () => new Promise(() => {}) });
    for (let times = 0; times < 3; times += 1) signals.emit('SIGINT');
    expect(await run).toBe(130);
  });
});
