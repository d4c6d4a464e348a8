/** Every workflow of examples/ in the built command line: exit code, outputs and what happened to its steps. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { RunResult } from '../../src/app/types.ts';
import { ensureBuilt } from '../cli/build.ts';
import { TestProject } from '../cli/spawn.ts';
import { writeExampleConfig } from '../steps/example-config.ts';

const FOLDER = resolve('examples');

interface Expected {
  args?: string[];
  exit?: number;
  outputs?: unknown;
  /** Statuses of some of the steps. */
  steps?: Record<string, string>;
  /** Undone steps, first undone first. */
  undone?: string[];
}

/** One entry for each example as it comes, and more for what its header promises. */
const EXPECTED: Record<string, Expected[]> = {
  'allow-failure.yaml': [
    {
      outputs: {
        status: 'success',
        outcome: 'failed',
        exit_code: 2,
        advice: 'built, but lint ended with 2',
        skipped: expect.stringContaining('is false'),
      },
      steps: { celebrate: 'skipped' },
    },
  ],
  'approval.yaml': [
    {
      outputs: { approved: false, asked_in_vain: true, deployed: false },
      steps: { window: 'success', approve: 'success', deploy: 'skipped' },
    },
  ],
  'data-flow.yaml': [
    {
      outputs: {
        over_30: ["O'Hara; rm -rf /", 'Ada'],
        names: "Ada, Bo, O'Hara; rm -rf /",
        average: 35,
        quoted: "<O'Hara; rm -rf /><Ada><Bo>",
        file: "O'Hara; rm -rf /",
      },
    },
  ],
  'debug.yaml': [
    { outputs: { live: 'switched over' } },
    { args: ['--debug'], exit: 3, steps: { plan: 'success' } },
  ],
  'detach-child.yaml': [{ args: ['-i', 'order=B-1'], outputs: { sent: 'receipt of B-1 sent' } }],
  'detach.yaml': [{ outputs: { order: 'took order A-7' }, steps: { receipt: 'success', thank: 'success' } }],
  'diamond.yaml': [{ outputs: { report: '8 numbers, sum 31, largest 9' } }],
  'errors-and-finally.yaml': [
    {
      exit: 1,
      steps: {
        convert: 'failed',
        publish: 'skipped',
        'errors/notify': 'success',
        'finally/summary': 'success',
      },
    },
    { args: ['-i', 'broken=false'], steps: { publish: 'success', 'finally/summary': 'success' } },
  ],
  'fan-out.yaml': [
    {
      outputs: {
        greetings: ['1. hello, Ada', '2. hello, Grace', '3. hello, Linus, the dog'],
        combinations: ['linux-20', 'linux-22', 'linux-24!', 'macos-22', 'macos-24', 'windows-22'],
        failed: 2,
      },
    },
  ],
  'idempotent-payment.yaml': [
    {
      outputs: {
        receipt: 'receipt for order A-7',
        again: 'receipt for order A-7',
        payments: expect.stringMatching(/^1$/),
        refused: 'IDEMPOTENCY_COLLISION',
      },
    },
  ],
  'inputs.yaml': [
    {
      args: ['-i', 'token=zebra-4711', '-i', 'env=prod', '-i', 'tags=["a","b"]'],
      outputs: {
        command: 'deploy --env=prod --replicas=1 --memory=512Mi --tags=a,b --dry-run',
        leaked: expect.not.stringContaining('zebra'),
      },
    },
  ],
  'join-any.yaml': [
    {
      outputs: { winner: 'mirror-a', canceled: ['canceled', 'canceled'], copies: '2 copies, 1 to come' },
      steps: { slow: 'canceled', slowest: 'canceled' },
    },
  ],
  'lines.yaml': [
    {
      outputs: { words: ['apple', 'banana', 'cherry', 'fig'], longest: 6, comments: 2 },
      steps: { measure: 'success' },
    },
  ],
  'map-reduce.yaml': [
    { outputs: { files: 12, words: 780, longest: 120 } },
    { args: ['-i', 'files=3'], outputs: { files: 3, words: 60, longest: 30 } },
  ],
  'outputs-contract.yaml': [
    { outputs: { server: { host: 'db.internal', port: 8080 }, line: 'db.internal:8080' } },
    { args: ['-i', 'port=99999'], exit: 1, steps: { discover: 'failed', describe: 'skipped' } },
  ],
  'pause.yaml': [
    { outputs: { done: 'batch 2, batch 3' } },
    { args: ['-i', 'wait=1h', '--no-wait'], exit: 3, steps: { first: 'success', rest: 'suspended' } },
  ],
  'pools.yaml': [{ outputs: { most_at_once: 2, urgent_waited_ms: expect.any(Number) } }],
  'release.yaml': [
    {
      outputs: {
        version: '1.4.0',
        url: 'https://staging.example.com',
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      steps: { smoke: 'success', 'finally/announce': 'success' },
    },
    {
      args: ['-i', 'fail=smoke'],
      exit: 1,
      steps: { smoke: 'failed', 'finally/clean_up': 'success' },
      undone: ['deploy', 'upload'],
    },
    { args: ['-i', 'fail=tests'], exit: 1, steps: { test: 'failed', deploy: 'skipped' } },
  ],
  'rerun.yaml': [{ exit: 1, steps: { build: 'success', upload: 'failed', announce: 'skipped' } }],
  'retry.yaml': [
    {
      outputs: {
        answer: 'answer at attempt 3',
        attempts: 3,
        picky: '1 attempt, EXIT_CODE',
        slow: 'TIMEOUT after 2 attempts',
      },
    },
  ],
  'saga.yaml': [
    { exit: 1, steps: { flight: 'failed', 'finally/close': 'success' }, undone: ['flight', 'car', 'hotel'] },
    { args: ['-i', 'seats=3'], outputs: { trip: 'hotel H-17, car C-4, flight F-9' } },
  ],
  'secrets.yaml': [
    {
      outputs: {
        length: '12',
        leaked: 'my key is ***',
        encoded: { key: '***', authorization: expect.stringMatching(/\*\*\*/) },
        channel: 'nobody is told',
        not_handed_on: '[]',
      },
    },
  ],
  'sleep.yaml': [
    { args: ['-i', 'pause=50ms'], outputs: { waited_ms: expect.any(Number) } },
    { args: ['-i', 'pause=2h', '--no-wait'], exit: 3, steps: { before: 'success', nap: 'suspended' } },
  ],
  'sub-workflow-child.yaml': [{ args: ['-i', 'package=core'], outputs: { file: 'core-1.0.0.tgz' } }],
  'sub-workflow-rollback-child.yaml': [{ args: ['-i', 'guest=Bo'], outputs: { room: 'room 12 for Bo' } }],
  'sub-workflow-rollback.yaml': [
    { exit: 1, steps: { book: 'success', 'compensate/book': 'success' }, undone: ['book'] },
    { args: ['-i', 'seats=1'], outputs: { trip: 'room 12 for Ada, flight F-9' } },
  ],
  'sub-workflow.yaml': [
    {
      outputs: { first: 'core-1.0.0.tgz', notes: 'none', archives: ['cli-2.0.0.tgz', 'web-2.0.0.tgz'] },
    },
  ],
};

const projects: TestProject[] = [];
beforeAll(ensureBuilt, 120_000);
afterEach(() => {
  for (const project of projects.splice(0)) project.remove();
});

const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));

test('every example is expected to do something here', () => {
  expect(Object.keys(EXPECTED).sort()).toEqual(files.sort());
});

test.each(files)('%s says in a comment what it shows, and its exit code if that is not 0', (file) => {
  const text = readFileSync(join(FOLDER, file), 'utf8');
  expect(text).toMatch(/^# .{20,}/);
  const exit = /^# expect: exit (\d+)/m.exec(text)?.[1] ?? '0';
  expect(Number(exit)).toBe(EXPECTED[file]?.[0]?.exit ?? 0);
});

describe.each(files)('%s', (file) => {
  test.each(
    (EXPECTED[file] ?? []).map((expected) => ({ ...expected, with: expected.args?.join(' ') ?? '' })),
  )('does what it says, with "$with"', async ({ args = [], exit = 0, outputs, steps = {}, undone }) => {
    const project = new TestProject();
    projects.push(project);
    writeExampleConfig(readFileSync(join(FOLDER, file), 'utf8'), project.folder);
    const { exitCode, stdout, stderr } = await project.keystone([
      'run',
      join(FOLDER, file),
      '--json',
      '--trust', // the examples are not in the project's folder
      ...args,
    ]);
    expect({ exitCode, stderr: exitCode === exit ? '' : stderr }).toEqual({ exitCode: exit, stderr: '' });
    const result: RunResult = JSON.parse(stdout);
    if (outputs !== undefined) expect(result.outputs).toEqual(outputs);
    const statuses = Object.fromEntries(Object.keys(steps).map((path) => [path, result.steps[path]?.status]));
    expect(statuses).toEqual(steps);
    if (undone !== undefined)
      expect(
        result.compensations?.toSorted((a, b) => b.order - a.order).map(({ step, status }) => [step, status]),
      ).toEqual(undone.map((step) => [step, 'done']));
  });
});
