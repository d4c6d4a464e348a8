/** Lanes from birth to death: abort, loss, reuse, the end of their owner. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { StepFailure } from '../../../src/kernel/failure.ts';
import { Lane } from '../../../src/services/process/lane.ts';
import { areLanesPossible } from '../../../src/services/process/lane-program.ts';
import { endOrphans, findOrphans } from '../../../src/services/process/orphans.ts';
import { isGroupAlive } from '../../../src/services/process/process-group.ts';
import { closeIdleLanes, runCommand } from '../../../src/services/process/run-command.ts';
import { type LaneRequest, runOnLane } from '../../../src/services/process/run-on-lane.ts';
import type { ProcessResult } from '../../../src/services/process/run-process.ts';

/** For what happens at once on an idle machine: other tests share the cores. */
const PATIENCE = { timeout: 20_000 };

const folder = mkdtempSync(join(tmpdir(), 'keystone-lanes-'));
afterAll(() => rmSync(folder, { recursive: true }));

let attempts = 0;
const newAttempt = (): string => {
  const attemptId = `lanes-${process.pid}-${attempts++}`;
  onTestFinished(async () => {
    await endOrphans([{ attemptId }], { graceMs: 0 });
  });
  return attemptId;
};

async function newLane(): Promise<Lane> {
  const lane = await Lane.start();
  onTestFinished(() => lane.close());
  return lane;
}

interface Attempt {
  result: Promise<ProcessResult | undefined>;
  abort: AbortController;
  attemptId: string;
  output(): string;
  said(word: string): Promise<void>;
  pids: number[];
}

function script(lane: Lane, text: string, options: Partial<LaneRequest> = {}): Attempt {
  const abort = new AbortController();
  const attemptId = newAttempt();
  const pids: number[] = [];
  let output = '';
  const result = runOnLane(lane, {
    command: '/bin/sh',
    args: ['-c', text],
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', KEYSTONE_ATTEMPT: attemptId },
    signal: abort.signal,
    onStart: (pid) => pids.push(pid),
    onOutput: (_name, chunk) => {
      output += chunk.toString();
    },
    ...options,
  });
  result.catch(() => {});
  const said = (word: string): Promise<void> =>
    vi.waitFor(() => expect(output.split('\n')).toContain(word), { ...PATIENCE, interval: 2 });
  return { result, abort, attemptId, output: () => output, said, pids };
}

const parentOf = async (lane: Lane): Promise<number> => {
  const { result, output } = script(lane, 'echo $PPID');
  await result;
  return Number(output());
};

describe.runIf(areLanesPossible())('abort on a lane', () => {
  it('ends the whole group with SIGTERM, says why, and leaves the lane for the next step', async () => {
    const lane = await newLane();
    const parent = await parentOf(lane);
    const attempt = script(lane, 'trap "echo bye; exit 0" TERM; echo ready; while :; do sleep 0.01; done');
    await attempt.said('ready');
    attempt.abort.abort(new StepFailure('TIMEOUT', 'took longer than 1s', { retryable: true }));
    await expect(attempt.result).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(attempt.output()).toContain('bye');
    expect(await parentOf(lane)).toBe(parent);
  });

  it('kills what ignores SIGTERM and what left the group', async () => {
    const lane = await newLane();
    const attempt = script(
      lane,
      'trap "" TERM; setsid sh -c "trap : HUP; while :; do sleep 0.05; done" & echo ready; sleep 60; sleep 60',
      { graceMs: 80 },
    );
    await attempt.said('ready');
    await vi.waitFor(() => expect(attempt.pids).toHaveLength(1), PATIENCE);
    attempt.abort.abort();
    await expect(attempt.result).rejects.toMatchObject({ code: 'CANCELED' });
    expect(isGroupAlive(attempt.pids[0]!)).toBe(false);
    expect(await findOrphans([{ attemptId: attempt.attemptId }])).toEqual([]);
  });

  it('ends a command in whatever moment it comes', async () => {
    const lane = await newLane();
    for (let delay = 0; delay < 12; delay++) {
      const attempt = script(lane, 'sleep 60', { graceMs: 0 });
      for (let turns = 0; turns < delay ** 2; turns++) await new Promise((resolve) => setImmediate(resolve));
      attempt.abort.abort();
      await expect(attempt.result).rejects.toMatchObject({ code: 'CANCELED' });
      expect(await findOrphans([{ attemptId: attempt.attemptId }])).toEqual([]);
    }
    expect(lane.state).toBe('idle');
  });

  it('starts nothing when it came before', async () => {
    const lane = await newLane();
    const attempt = script(lane, 'touch started', { signal: AbortSignal.abort() });
    await expect(attempt.result).rejects.toMatchObject({ code: 'CANCELED' });
    expect(existsSync(join(folder, 'started'))).toBe(false);
    expect(lane.state).toBe('idle');
  });

  it('does not touch what an earlier step of the lane left in the background', async () => {
    const lane = await newLane();
    const daemon = script(lane, 'sleep 60 >/dev/null 2>&1 & echo $!');
    await daemon.result;
    expect(lane.state).toBe('idle');
    const attempt = script(lane, 'echo ready; sleep 60', { graceMs: 0 });
    await attempt.said('ready');
    attempt.abort.abort();
    await expect(attempt.result).rejects.toMatchObject({ code: 'CANCELED' });
    expect(() => process.kill(Number(daemon.output()), 0)).not.toThrow();
  });
});

describe.runIf(areLanesPossible())('a lane', () => {
  it('is not used again when something may still write into its pipes', async () => {
    const lane = await newLane();
    const attempt = script(lane, 'setsid sh -c "while :; do echo more; sleep 0.01; done" & echo done', {
      drainMs: 30,
    });
    await expect(attempt.result).resolves.toMatchObject({ exitCode: 0 });
    expect(lane.state).toBe('retired');
  });

  it('that is lost in the middle of a command means that the command was ended by a signal', async () => {
    const lane = await newLane();
    const attempt = script(lane, 'echo ready; sleep 60', { graceMs: 0 });
    await attempt.said('ready');
    process.kill(await parentOfGroup(attempt));
    await expect(attempt.result).resolves.toMatchObject({ exitCode: null, signal: 'SIGKILL' });
    expect(attempt.output()).toBe('ready\n');
    expect(await findOrphans([{ attemptId: attempt.attemptId }])).toEqual([]);
    expect(lane.state).toBe('retired');
  });

  it('that is killed while idle is not used', async () => {
    const lane = await newLane();
    process.kill(await parentOf(lane), 'SIGKILL');
    await vi.waitFor(() => expect(lane.state).toBe('retired'), PATIENCE);
  });

  it('streams output while the command runs', async () => {
    const lane = await newLane();
    await script(lane, 'mkfifo gate').result;
    const gated = script(lane, 'echo first; read x < gate; echo second');
    await gated.said('first');
    await script(await newLane(), 'echo > gate').result;
    await gated.result;
    expect(gated.output()).toBe('first\nsecond\n');
  });
});

async function parentOfGroup(attempt: Attempt): Promise<number> {
  await vi.waitFor(() => expect(attempt.pids).toHaveLength(1), PATIENCE);
  const stat = readFileSync(`/proc/${attempt.pids[0]}/stat`, 'latin1');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

describe.runIf(areLanesPossible())('commands that keep coming', () => {
  const run = async (text: string): Promise<string> => {
    let output = '';
    await runCommand({
      command: '/bin/sh',
      args: ['-c', text],
      cwd: folder,
      env: { PATH: process.env.PATH ?? '', KEYSTONE_ATTEMPT: newAttempt() },
      onOutput: (_name, chunk) => {
        output += chunk.toString();
      },
    });
    return output;
  };

  it('are spawned at first and go over to lanes, no more than are at work at once, until these are closed', async () => {
    const parents: number[] = [];
    for (let i = 0; i < 30; i++) parents.push(Number(await run('echo $PPID')));
    expect(parents.slice(0, 3)).toEqual([process.pid, process.pid, process.pid]);
    const lanes = new Set(parents.filter((pid) => pid !== process.pid));
    expect(lanes.size).toBe(1);
    expect(parents.at(-1)).not.toBe(process.pid);
    closeIdleLanes();
    const [lane] = lanes;
    await vi.waitFor(() => expect(existsSync(`/proc/${lane}`)).toBe(false), PATIENCE);
    expect(Number(await run('echo $PPID'))).not.toBe(lane);
  });
});

describe.runIf(areLanesPossible())('the owner of lanes', () => {
  const VICTIM = join(import.meta.dirname, 'lane-program-victim.ts');
  function victim(attemptId: string, ...scripts: string[]) {
    const child = spawn(
      process.execPath,
      ['--conditions=source', '--import', 'tsx', VICTIM, folder, attemptId, ...scripts],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    onTestFinished(() => void child.kill('SIGKILL'));
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const lane = (): number =>
      Number(output.split('\n').findLast((line) => /^\d+$/.test(line) && line !== String(child.pid)));
    return { child, ended, lane };
  }
  const gone = (pid: number): Promise<void> =>
    vi.waitFor(() => expect(existsSync(`/proc/${pid}`)).toBe(false), PATIENCE);

  it('ends in time, and they with it', async () => {
    const { ended, lane } = victim(newAttempt());
    expect(await ended).toBe(0);
    expect(lane()).toBeGreaterThan(1);
    await gone(lane());
  });

  it('may be killed in the middle of a step: the step is found as an orphan, and the lane ends after it', async () => {
    const attemptId = newAttempt();
    const started = join(folder, 'started-by-victim');
    const { child, ended, lane } = victim(attemptId, `touch ${started}; sleep 60`);
    await vi.waitFor(() => expect(existsSync(started)).toBe(true), PATIENCE);
    child.kill('SIGKILL');
    await ended;
    expect(lane()).toBeGreaterThan(1);
    expect((await findOrphans([{ attemptId }])).length).toBeGreaterThan(0);
    await endOrphans([{ attemptId }], { graceMs: 500 });
    expect(await findOrphans([{ attemptId }])).toEqual([]);
    await gone(lane());
  });

  it('may be killed while a step prints: the step gets SIGPIPE, as it would from any pipe', async () => {
    const attemptId = newAttempt();
    const started = join(folder, 'printing');
    const { child, ended, lane } = victim(attemptId, `touch ${started}; while :; do echo x || exit; done`);
    await vi.waitFor(() => expect(existsSync(started)).toBe(true), PATIENCE);
    child.kill('SIGKILL');
    await ended;
    await gone(lane());
    expect(await findOrphans([{ attemptId }])).toEqual([]);
  });
});
