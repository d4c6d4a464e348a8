/** `keystone dedup`: the names of effects and the results kept for them. */
import { createHash } from 'node:crypto';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import { maskPlaceholders } from '../kernel/redact.ts';
import type { DedupFilter, DedupRow } from '../store/port.ts';
import { type Project, withStore } from './project.ts';

export interface DedupView {
  /** Beginning of the key's hash; `dedup clear` takes it too. */
  id: string;
  scope: 'run' | 'global' | 'memo';
  /** Of scope `run`: the run whose tree shares the key. */
  rootRunId?: string;
  /** As it was evaluated, secrets masked; of memos the kind. */
  key: string;
  status: 'in-flight' | 'done';
  workflow: string;
  kind: string;
  runId: string;
  step: string;
  /** Wall clock in ms. */
  since: number;
  finishedAt?: number;
  /** Absent: until it is cleared. */
  expiresAt?: number;
}

/** Enough to tell 100,000 keys apart, and more than anybody types. */
const ID_DIGITS = 12;
const ID = /^[0-9a-f]{8,64}$/;

/** Newest first; what has expired is not listed. */
export async function listDedup(project: Project, filter: { runId?: string } = {}): Promise<DedupView[]> {
  const now = project.clock.now();
  const rows = await withStore(project, (store) => store.dedup.list(filter));
  return rows.filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now).map(viewOf);
}

/** What `dedup clear` was asked to forget: a key or its id, all of a run, or everything. */
export type ClearTarget = { key: string } | { runId: string } | 'all';

/**
 * Forgets keys, so that their effects can be had again. Those in flight in a run that is being run are kept.
 * @throws {KeystoneError} DEDUP_NOT_FOUND
 */
export async function clearDedup(
  project: Project,
  target: ClearTarget,
): Promise<{ cleared: number; kept: DedupView[] }> {
  return withStore(project, async ({ dedup }) => {
    const now = project.clock.now();
    let cleared = 0;
    const kept: DedupRow[] = [];
    for (const filter of filtersOf(target)) {
      const done = await dedup.clear(filter, now);
      cleared += done.cleared;
      kept.push(...done.kept);
    }
    if (typeof target === 'object' && 'key' in target && cleared === 0 && kept.length === 0) {
      throw new KeystoneError('DEDUP_NOT_FOUND', `no effect has the key "${target.key}"`, {
        exitCode: EXIT.usage,
        hint: 'see the keys with: keystone dedup list',
      });
    }
    return { cleared, kept: kept.map(viewOf) };
  });
}

/** Forgets what has expired, which no step would take any more. @returns how many. */
export async function pruneDedup(project: Project): Promise<number> {
  return withStore(project, (store) => store.dedup.prune(project.clock.now()));
}

/** A key is found by its hash, so one with a secret in it is, too; its text may also be an id. */
function filtersOf(target: ClearTarget): DedupFilter[] {
  if (target === 'all') return [{}];
  if ('runId' in target) return [{ runId: target.runId }];
  const hash = createHash('sha256').update(target.key).digest('hex');
  return ID.test(target.key) ? [{ hash }, { hash: target.key }] : [{ hash }];
}

function viewOf({
  scope,
  hash,
  label,
  path,
  output: _,
  raw: __,
  fingerprint: ___,
  ...row
}: DedupRow): DedupView {
  const rootRunId = scope.startsWith('run:') ? scope.slice('run:'.length) : undefined;
  return {
    id: hash.slice(0, ID_DIGITS),
    scope: rootRunId !== undefined ? 'run' : scope === 'memo' ? 'memo' : 'global',
    ...(rootRunId !== undefined && { rootRunId }),
    key: maskPlaceholders(label),
    step: path,
    ...row,
  };
}
