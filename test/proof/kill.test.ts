/** SIGKILL for real: a process dies at sampled moments, its store is whole, its orphans are ended, and another goes on. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { RunResult } from '../../src/app/index.ts';
import { answerRun, listQuestions, open as openProject, showRun } from '../../src/index.ts';

/** Bundled once, so that each of the processes starts in a moment. Beside the packages, which stay outside. */
const VICTIM = join(import.meta.dirname, `../../node_modules/.cache/keystone-victim-${process.pid}.mjs`);

beforeAll(() =>
  build({
    entryPoints: [join(import.meta.dirname, 'victim.ts')],
    outfile: VICTIM,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    conditions: ['source'],
  }),
);
afterAll(() => rmSync(VICTIM, { force: true }));
const WORKFLOW = `
name: killed
outputs: { sum: "\${{ steps.sum.output }}" }
steps:
  - { id: one, run: "echo begin >> one.log; sleep 0.05; echo end >> one.log; echo 1", parse: json }
  - { id: two, run: "echo begin >> two.log; sleep 0.05; echo end >> two.log; echo 2", parse: json }
  - { id: each, foreach: "[10, 20, 30]", concurrency: 2, run: "echo begin >> each-\${{ index }}.log; echo \${{ item }}", parse: json }
  - { id: nap, type: sleep, duration: 100ms, needs: one }
  - { id: sum, needs: [one, two, nap], run: "echo begin >> sum.log; echo \${{ steps.one.output + steps.two.output + steps.each.output[2] }}", parse: json }
finally:
  - { id: last, run: "echo begin >> last.log" }
`;

interface Line {
  runId?: string;
  type?: string;
  path?: string;
  result?: RunResult;
}

function start(
  cwd: string,
  ...args: string[]
): {
  child: ChildProcess;
  lines: Line[];
  ended: Promise<void>;
  until(done: (line: Line) => boolean): Promise<void>;
} {
  const child = spawn(process.execPath, [VICTIM, cwd, ...args], {
    cwd: join(import.meta.dirname, '../..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: Line[] = [];
  const watchers = new Set<() => void>();
  let rest = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) lines.push(JSON.parse(part) as Line);
    for (const watcher of watchers) watcher();
  });
  const ended = new Promise<void>((resolve) => {
    child.on('close', () => {
      resolve();
      for (const watcher of watchers) watcher();
    });
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    child,
    lines,
    ended,
    until: (done) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (lines.some(done) || child.exitCode !== null || child.signalCode !== null) resolve();
        };
        watchers.add(look);
        look();
      }),
  };
}

function newFolder(workflow: string): string {
  const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'keystone-kill-')));
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true, maxRetries: 5 }));
  writeFileSync(join(cwd, 'killed.yaml'), workflow);
  return cwd;
}

/** `PRAGMA integrity_check` by stock SQLite on the files as the dead process left them. */
async function integrity(cwd: string): Promise<string> {
  const { openStore } = await import('../../src/store/index.ts');
  const path = join(cwd, '.keystone/state.db');
  const store = await openStore({ path });
  await store.checkpoint();
  await store.close();
  const initSqlJs = createRequire(import.meta.url)('sql.js') as (
    options?: object,
  ) => Promise<{ Database: new (data: Uint8Array) => { exec(sql: string): { values: unknown[][] }[] } }>;
  const bytes = readFileSync(path);
  // sql.js has no WAL: as a file in rollback mode it is the same pages, all checkpointed above.
  bytes[18] = 1;
  bytes[19] = 1;
  const { Database } = await initSqlJs();
  return String(new Database(bytes).exec('PRAGMA integrity_check')[0]?.values[0]?.[0]);
}

const count = (cwd: string, name: string): number => {
  try {
    return readFileSync(join(cwd, `${name}.log`), 'utf8')
      .split('\n')
      .filter((line) => line === 'begin').length;
  } catch {
    return 0;
  }
};

const MOMENTS: { at: string; when: (line: Line) => boolean }[] = [
  { at: 'right after the run has begun', when: ({ type }) => type === 'run.started' },
  { at: 'while steps run', when: ({ type, path }) => type === 'step.started' && path === 'two' },
  {
    at: 'in the middle of a fan-out',
    when: ({ type, path }) => type === 'step.finished' && path === 'each[1]',
  },
  { at: 'while it sleeps', when: ({ type }) => type === 'step.suspended' },
  { at: 'in finally', when: ({ type, path }) => type === 'step.started' && path === 'finally/last' },
];

test.each(MOMENTS)(
  'killed $at, a run goes on and ends as if nothing had been',
  async ({ when }) => {
    const cwd = newFolder(WORKFLOW);
    const first = start(cwd, 'run');
    await first.until(when);
    first.child.kill('SIGKILL');
    await first.ended;
    const runId = first.lines[0]?.runId ?? '';
    const finished = new Set(
      first.lines.filter(({ type }) => type === 'step.finished').map(({ path }) => path),
    );
    expect(await integrity(cwd)).toBe('ok');

    const second = start(cwd, 'resume', runId);
    await second.ended;
    const result = second.lines.at(-1)?.result;
    expect(result).toMatchObject({ status: 'success', outputs: { sum: 33 } });
    for (const [name, path] of [
      ['one', 'one'],
      ['two', 'two'],
      ['each-0', 'each[0]'],
      ['each-1', 'each[1]'],
      ['each-2', 'each[2]'],
      ['sum', 'sum'],
      ['last', 'finally/last'],
    ] as const) {
      const times = count(cwd, name);
      expect([name, times >= 1 && times <= (finished.has(path) ? 1 : 2)]).toEqual([name, true]);
    }
  },
  30_000,
);

test('what a killed process left running is ended before its step begins again', async () => {
  // The first attempt writes for ever and takes no TERM; the second looks whether anybody still writes.
  const cwd = newFolder(`
name: killed
steps:
  - id: a
    shell: bash
    run: |
      if [ -f first.pid ]; then
        before=$(wc -c < beats); sleep 0.4; after=$(wc -c < beats)
        if [ "$before" = "$after" ]; then echo alone; else echo together; fi
      else
        trap '' TERM
        echo $$ > first.tmp; mv first.tmp first.pid
        while true; do echo >> beats; sleep 0.05; done
      fi
`);
  const first = start(cwd, 'run');
  for (let pid = 0; pid === 0; ) {
    try {
      pid = Number(readFileSync(join(cwd, 'first.pid'), 'utf8'));
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  first.child.kill('SIGKILL');
  await first.ended;
  const orphan = Number(readFileSync(join(cwd, 'first.pid'), 'utf8'));
  onTestFinished(() => {
    try {
      process.kill(orphan, 'SIGKILL');
    } catch {
      // Ended, as it should be.
    }
  });
  expect(() => process.kill(orphan, 0)).not.toThrow();
  const second = start(cwd, 'resume', first.lines[0]?.runId ?? '');
  await second.ended;
  expect(second.lines.at(-1)?.result?.steps.a).toMatchObject({
    status: 'success',
    output: 'alone',
    attempts: 1,
  });
}, 40_000);

test('a command that was sent back, and outlives the process that was killed then, does not meet its next turn', async () => {
  // It takes three seconds to end when it is told to; the next turn looks whether it still beats.
  const cwd = newFolder(`
name: killed
steps:
  - { id: draft, run: "true" }
  - id: slow
    needs: draft
    shell: bash
    run: |
      if [ -f first.pid ]; then
        before=$(wc -c < beats); sleep 0.4; after=$(wc -c < beats)
        if [ "$before" = "$after" ]; then echo alone; else echo together; fi
      else
        trap 'for i in $(seq 60); do echo >> beats; sleep 0.05; done; exit 0' TERM
        echo $$ > first.tmp; mv first.tmp first.pid
        while true; do echo >> beats; sleep 0.05; done
      fi
  - { id: ask, type: human, message: "Good?", needs: draft, rewindTo: draft }
`);
  const project = await openProject({ cwd });
  const first = start(cwd, 'run');
  await first.until(({ type, path }) => type === 'step.suspended' && path === 'ask');
  while (!existsSync(join(cwd, 'first.pid'))) await new Promise((resolve) => setTimeout(resolve, 20));
  const runId = first.lines[0]?.runId ?? '';
  await answerRun(project, runId, 'ask', false);
  await first.until(({ type }) => type === 'step.sentBack');
  first.child.kill('SIGKILL');
  await first.ended;
  const second = start(cwd, 'resume', runId);
  await second.until(({ type }) => type === 'run.resumed');
  while ((await listQuestions(project, runId)).length === 0)
    await new Promise((resolve) => setTimeout(resolve, 50));
  await answerRun(project, runId, 'ask', true);
  await second.ended;
  expect(second.lines.at(-1)?.result?.steps.slow).toMatchObject({
    status: 'success',
    output: 'alone',
    epoch: 2,
  });
  expect((await showRun(project, runId)).steps.slow?.former).toMatchObject([
    { epoch: 1, status: 'canceled', skipReason: 'the run went back' },
  ]);
}, 40_000);
