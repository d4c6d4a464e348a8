/** What every operation of a git step is given, and what most of them ask. */
import type { Static } from '@sinclair/typebox';
import { StepFailure } from '../../kernel/failure.ts';
import { type GitWorld, gitText } from '../../services/git/run-git.ts';
import type { StepContext } from '../define.ts';
import type { gitSchema } from './schema.ts';

export type GitFields = Static<typeof gitSchema>;

/** What each operation is given. */
export interface GitTask {
  fields: GitFields;
  ctx: StepContext;
  world: GitWorld;
}

export function needed<Name extends keyof GitFields>(
  fields: GitFields,
  name: Name,
): NonNullable<GitFields[Name]> {
  const value = fields[name];
  if (value === undefined) throw new StepFailure('FIELD_MISSING', `git ${fields.op} needs "${name}"`);
  return value as NonNullable<GitFields[Name]>;
}

/** Where HEAD is; `branch` is null when it is at no branch. */
export async function headOf(world: GitWorld): Promise<{ branch: string | null; commit: string }> {
  const commit = (await gitText(['rev-parse', 'HEAD'], world)).trim();
  const branch = (await gitText(['branch', '--show-current'], world)).trim();
  return { branch: branch === '' ? null : branch, commit };
}
