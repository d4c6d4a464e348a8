/** Child processes for real: groups, abort, escapees, back-pressure. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { StepFailure } from '../../../src/kernel/failure.ts';
import { endOrphans, findByGroup, findOrphans } from '../../../src/services/process/orphans.ts';
import { isGroupAlive, killProcessGroup } from '../../../src/services/process/process-group.ts';
import {
  type ProcessRequest,
  type ProcessResult,
  runProcess,
} from '../../../src/services/process/run-process.ts';

interface Attempt {
  result: Promise<ProcessResult>;
  /** Resolves once the script has printed this word on a line of its own. */
  said(word: string): Promise<void>;
  abort: AbortController;
  attemptId: string;
  output(): string;
  pid(): number;
}

let attempts = 0;

function script(text: string, options: Partial<ProcessRequest> = {}): Attempt {
  const abort = new AbortController();
  const attemptId = `process-test-${process.pid}-${attempts++}`;
  onTestFinished(async () => {
    await endOrphans([{ attemptId }], { graceMs: 0 });
  });
  let output = '';
  let pid = 0;
  const listeners = new Set<() => void>();
  const result = runProcess({
    command: 'sh',
    args: ['-c', text],
    cwd: tmpdir(),
    env: { PATH: process.env.PATH ?? '', KEYSTONE_ATTEMPT: attemptId },
    signal: abort.signal,
    onOutput: (_stream, chunk) => {
      output += chunk.toString();
      for (const listener of listeners) listener();
    },
    onStart: (started) => {
      pid = started;
    },
    ...options,
  });
  result.catch(() => {});
  const said = (word: string) =>
    new Promise<void>((resolve) => {
      const check = (): void => {
        if (output.split('\n').includes(word)) resolve();
      };
      listeners.add(check);
      check();
    });
  return { result, said, abort, attemptId, output: () => output, pid: () => pid };
}

describe('abort', () => {
  it('ends the process with SIGTERM and throws the reason of the abort', async () => {
    const attempt = script('trap "echo bye; exit 0" TERM; echo ready; while :; do sleep 0.01; done');
    await attempt.said('ready');
    attempt.abort.abort(new StepFailure('TIMEOUT', 'took longer than 1s', { retryable: true }));
    await expect(attempt.result).rejects.toMatchObject({ code: 'TIMEOUT', retryable: true });
    expect(attempt.output()).toContain('bye');
  });

  it('says what was canceled when the reason is not a step failure', async () => {
    const attempt = script('echo ready; sleep 60');
    await attempt.said('ready');
    attempt.abort.abort();
    await expect(attempt.result).rejects.toMatchObject({ code: 'CANCELED', message: '"sh" was canceled' });
  });

  it('kills a whole group that ignores SIGTERM once the grace period is over', async () => {
    const attempt = script('trap "" TERM; (trap "" TERM; echo ready; sleep 60; sleep 60) & wait; sleep 60', {
      graceMs: 80,
    });
    await attempt.said('ready');
    const startedAt = performance.now();
    attempt.abort.abort();
    await expect(attempt.result).rejects.toMatchObject({ code: 'CANCELED' });
    // The grace period is 5 s unless told, and what is killed sleeps for a minute.
    expect(performance.now() - startedAt).toBeLessThan(4500);
    expect(isGroupAlive(attempt.pid())).toBe(false);
    expect(await findOrphans([{ attemptId: attempt.attemptId }])).toEqual([]);
  });

  it('waits for grandchildren that clean up after their parent is gone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'keystone-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const attempt = script(
      '(trap "sleep 0.1; echo saved > done; exit" TERM; echo ready; while :; do sleep 0.01; done) & wait',
      {
        cwd: folder,
      },
    );
    await attempt.said('ready');
    attempt.abort.abort();
    await expect(attempt.result).rejects.toMatchObject({ code: 'CANCELED' });
    expect(readFileSync(join(folder, 'done'), 'utf8')).toBe('saved\n');
  });

  it('also ends a descendant that left the group and the session', async () => {
    const attempt = script('setsid sh -c "trap : HUP; echo ready; while :; do sleep 0.05; done" & wait', {
      graceMs: 200,
    });
    await attempt.said('ready');
    expect((await findOrphans([{ attemptId: attempt.attemptId }])).length).toBeGreaterThan(1);
    attempt.abort.abort();
    await expect(attempt.result).rejects.toMatchObject({ code: 'CANCELED' });
    expect(await findOrphans([{ attemptId: attempt.attemptId }])).toEqual([]);
  });

  it('never starts a command when the signal was aborted before', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'keystone-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    let started = 0;
    const signal = AbortSignal.abort();
    const attempt = script('touch started', { cwd: folder, signal, onStart: () => started++ });
    await expect(attempt.result).rejects.toMatchObject({ code: 'CANCELED' });
    expect(started).toBe(0);
    expect(existsSync(join(folder, 'started'))).toBe(false);
  });

  it('sends SIGTERM only once', async () => {
    const attempt = script(
      "n=0; trap 'n=$((n+1)); echo term $n' TERM; echo ready; i=0; while [ $i -lt 15 ]; do sleep 0.02; i=$((i+1)); done; echo count $n",
    );
    await attempt.said('ready');
    attempt.abort.abort();
    await expect(attempt.result).rejects.toMatchObject({ code: 'CANCELED' });
    expect(attempt.output()).toContain('count 1');
  });
});

describe('output', () => {
  it('is not waited for when a daemon keeps it open', async () => {
    const startedAt = performance.now();
    const attempt = script('setsid sleep 60 & echo done', { drainMs: 40 });
    await expect(attempt.result).resolves.toMatchObject({ exitCode: 0 });
    expect(attempt.output()).toBe('done\n');
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });

  it('is not waited for when a daemon never stops talking', async () => {
    const attempt = script('setsid sh -c "while :; do echo more; sleep 0.01; done" & echo done', {
      drainMs: 30,
    });
    await expect(attempt.result).resolves.toMatchObject({ exitCode: 0 });
    expect(attempt.output()).toContain('done');
  });

  it('is read to its end after the process is gone', async () => {
    const attempt = script('head -c 200000 /dev/zero', { drainMs: 0 });
    await attempt.result;
    expect(attempt.output()).toHaveLength(200_000);
  });

  it('is held back while its reader is busy, without losing any', async () => {
    let reading = 0;
    let most = 0;
    let bytes = 0;
    const attempt = script('head -c 3000000 /dev/zero', {
      drainMs: 1,
      onOutput: async (_stream, chunk) => {
        most = Math.max(most, ++reading);
        await new Promise((resolve) => setImmediate(resolve));
        bytes += chunk.length;
        reading--;
      },
    });
    await attempt.result;
    expect(bytes).toBe(3_000_000);
    expect(most).toBe(1);
  });

  it('ends the process when its reader throws', async () => {
    const attempt = script('echo one; sleep 60', {
      onOutput: () => {
        throw new Error('disk full');
      },
    });
    await expect(attempt.result).rejects.toThrow('disk full');
  });
});

describe('take-over after a crash', () => {
  it('finds all descendants of an attempt by its id and nobody else', async () => {
    const mine = script('setsid sleep 60 & env -i sleep 60 & echo ready; wait');
    const other = script('echo ready; sleep 60');
    await Promise.all([mine.said('ready'), other.said('ready')]);
    const found = await findOrphans([{ attemptId: mine.attemptId }]);
    expect(found.map((orphan) => orphan.attemptId)).toEqual(found.map(() => mine.attemptId));
    expect(found.map((orphan) => orphan.pid)).toContain(mine.pid());
    expect(found.length).toBe(3);
    await endOrphans([{ attemptId: mine.attemptId }], { graceMs: 300 });
    expect(await findOrphans([{ attemptId: mine.attemptId }])).toEqual([]);
    expect(isGroupAlive(other.pid())).toBe(true);
  });

  it('leaves alone what already began the same attempt anew', async () => {
    // The first start is being ended, as a run that was given up does it, while a successor makes the attempt again.
    const env = { PATH: process.env.PATH ?? '', KEYSTONE_ATTEMPT: `again-${process.pid}` };
    const first = script('trap "" TERM; echo ready; while :; do sleep 0.02; done', {
      env: { ...env, KEYSTONE_START: 'one' },
      graceMs: 100,
    });
    await first.said('ready');
    first.abort.abort();
    const second = script('echo ready; sleep 0.5; echo done', { env: { ...env, KEYSTONE_START: 'two' } });
    await expect(first.result).rejects.toThrow('canceled');
    await expect(second.result).resolves.toMatchObject({ exitCode: 0, signal: null });
  });

  it('kills what ignores SIGTERM', async () => {
    const attempt = script('trap "" TERM; echo ready; while :; do sleep 0.02; done');
    await attempt.said('ready');
    const ended = await endOrphans([{ attemptId: attempt.attemptId }], { graceMs: 60 });
    expect(ended.map((orphan) => orphan.pid)).toContain(attempt.pid());
    await expect(attempt.result).resolves.toMatchObject({ exitCode: null, signal: 'SIGKILL' });
  });

  it('trusts a recorded group only when it was born with the attempt', async () => {
    const attempt = script('echo ready; sleep 60');
    await attempt.said('ready');
    const { attemptId } = attempt;
    const processGroup = attempt.pid();
    expect(await findByGroup([{ attemptId, processGroup, startedAt: Date.now() - 1000 }])).not.toEqual([]);
    expect(await findByGroup([{ attemptId, processGroup, startedAt: Date.now() - 3_600_000 }])).toEqual([]);
    expect(await findByGroup([{ attemptId, processGroup }])).toEqual([]);
    expect(await killProcessGroup(processGroup)).toBe('terminated');
    expect(await killProcessGroup(processGroup)).toBe('gone');
  });

  it('never signals everybody or itself', async () => {
    for (const group of [0, 1, -1, Number.NaN, process.pid])
      expect(await killProcessGroup(group)).toBe('gone');
  });
});
