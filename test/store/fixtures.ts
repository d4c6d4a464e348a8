/** Rows for store tests: complete, valid, and short to write. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ownership, RunBatch, RunRow, StepRow } from '../../src/store/port.ts';

export function aRun(runId: string, changes: Partial<RunRow & Ownership> = {}): RunRow & Ownership {
  return {
    runId,
    workflow: 'release',
    sourceHash: 'source-hash',
    planHash: 'plan-hash',
    engineVersion: '0.1.0',
    status: 'running',
    inputs: {},
    tags: [],
    cwd: '/project',
    startedAt: 1_700_000_000_000,
    pinned: {},
    seq: 0,
    ...changes,
  };
}

/** The batch that begins a run. */
export function begin(runId: string, changes: Partial<RunRow & Ownership> = {}): RunBatch {
  return { runId, create: { ...aRun(runId, changes), source: `name: ${runId}`, plan: '{"steps":[]}' } };
}

export function aStep(path: string, changes: Partial<StepRow> = {}): StepRow {
  return { path, epoch: 0, attempt: 1, kind: 'shell', status: 'success', ...changes };
}

export async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'keystone-store-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
