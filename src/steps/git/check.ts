/** Which fields go with which operation. */
import type { KindSpec } from '#compiler';
import { GIT_OPS, type GitOp } from './schema.ts';

interface Fields {
  needed: readonly string[];
  also: readonly string[];
}

const FIELDS: Record<GitOp, Fields> = {
  clone: { needed: ['url', 'path'], also: ['branch', 'depth', 'token'] },
  checkout: { needed: ['branch'], also: ['create', 'from'] },
  pull: { needed: [], also: ['branch', 'remote', 'token'] },
  push: { needed: [], also: ['branch', 'remote', 'force', 'token'] },
  commit: { needed: ['message'], also: ['paths', 'author'] },
  worktree_add: { needed: ['path', 'branch'], also: ['create', 'from', 'cleanup'] },
  worktree_remove: { needed: ['path'], also: ['force'] },
  diff: { needed: [], also: ['from', 'to', 'paths'] },
  status: { needed: [], also: [] },
};

export const checkGit: NonNullable<KindSpec['check']> = (written, computed) => {
  const op = GIT_OPS.find((known) => known === written.op);
  if (op === undefined || computed.has('op')) return undefined;
  const { needed, also } = FIELDS[op];
  const known = ['op', 'cwd', ...needed, ...also];
  const stray = Object.keys(written).find((field) => !known.includes(field));
  if (stray !== undefined)
    return {
      field: stray,
      message: `"${stray}" has no meaning for op: ${op}; it takes ${known.slice(1).join(', ')}`,
    };
  const missing = needed.find((field) => !Object.hasOwn(written, field));
  return missing === undefined ? undefined : { field: 'op', message: `op: ${op} needs "${missing}"` };
};

export const isReading = (op: unknown): boolean => op === 'diff' || op === 'status';
