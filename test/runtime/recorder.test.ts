/** What the recorder promises while the store takes its time. */
import { expect, test } from 'vitest';
import { Committer } from '../../src/runtime/committer.ts';
import { RunRecorder } from '../../src/runtime/recorder.ts';
import type { RunEvent } from '../../src/runtime/run-event.ts';
import type { Store } from '../../src/store/port.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function recordInto(commit: Store['commit']): { recorder: RunRecorder; told: string[] } {
  const told: string[] = [];
  const recorder = new RunRecorder({
    runId: 'r',
    committer: new Committer({ commit } as Store),
    seq: 0,
    now: () => 0,
    stringify: (value) => JSON.stringify(value),
    sealJson: (value) => value,
    sealRow: (row) => row,
    sealDedup: (row) => row,
    publish: (events: readonly RunEvent[]) => told.push(...events.map(({ type }) => type)),
    onTurn: () => {},
    onFailure: () => {},
  });
  return { recorder, told };
}

test('who waits for one turn to be durable is told, even when the next is committed meanwhile', async () => {
  const commits: (() => void)[] = [];
  const { recorder, told } = recordInto(() => new Promise((resolve) => commits.push(resolve)));
  recorder.patchRun({ status: 'running' });
  recorder.emit({ type: 'run.started' });
  const first = recorder.durable().then(() => told.push('first'));
  await turn();
  recorder.patchRun({ status: 'running' });
  recorder.emit({ type: 'run.resumed' });
  const second = recorder.durable().then(() => told.push('second'));
  await turn();
  expect(commits).toHaveLength(2);
  commits[0]?.();
  await turn();
  expect(told).toEqual(['run.started', 'first']);
  commits[1]?.();
  await Promise.all([first, second]);
  expect(told).toEqual(['run.started', 'first', 'run.resumed', 'second']);
});

test('who waits when the run is given up is told so, whichever commit it waits for', async () => {
  const { recorder } = recordInto(() => new Promise(() => {}));
  const told: string[] = [];
  for (let commit = 0; commit < 3; commit++) {
    recorder.patchRun({ status: 'running' });
    recorder.durable().catch((error: Error) => told.push(error.message));
    await turn();
  }
  recorder.close();
  await turn();
  expect(told).toEqual(Array(3).fill('the run was given up'));
});
