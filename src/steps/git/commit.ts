/** Commits, once: where HEAD was is noted before, so that a redone attempt knows a commit that was made from one that was not. */
import type { JsonObject } from '../../kernel/json.ts';
import { type GitWorld, gitSays, gitText } from '../../services/git/run-git.ts';
import { type GitTask, needed } from './task.ts';

const NO_COMMIT = 'none';

export async function commit({ fields, ctx, world: plain }: GitTask): Promise<JsonObject> {
  const message = needed(fields, 'message');
  const world = withAuthor(plain, fields.author);
  const made = await madeBefore(message, ctx.notes, world);
  if (made !== undefined) return { committed: true, commit: made };
  const paths = fields.paths === undefined ? [] : ['--', ...fields.paths];
  await gitText(['add', '--all', ...paths], world);
  const head = await headCommit(world);
  if (await gitSays(['diff', '--cached', '--quiet', ...paths], world))
    return { committed: false, commit: head === NO_COMMIT ? null : head };
  await ctx.notes.keep({ commitsOn: head });
  await gitText(['commit', '--quiet', '--cleanup=verbatim', '-m', message, ...paths], world);
  return { committed: true, commit: await headCommit(world) };
}

/** The commit a former attempt made before it died. */
async function madeBefore(
  message: string,
  notes: GitTask['ctx']['notes'],
  world: GitWorld,
): Promise<string | undefined> {
  const last = (await notes.read()).at(-1)?.body;
  if (last === null || typeof last !== 'object' || Array.isArray(last)) return undefined;
  const head = await headCommit(world);
  if (head === NO_COMMIT || head === last.commitsOn) return undefined;
  const parents = (await gitText(['log', '-1', '--format=%P', head], world)).trim();
  const said = (await gitText(['log', '-1', '--format=%B', head], world)).trim();
  const isChild = parents === (last.commitsOn === NO_COMMIT ? '' : last.commitsOn);
  return isChild && said === message.trim() ? head : undefined;
}

async function headCommit(world: GitWorld): Promise<string> {
  if (!(await gitSays(['rev-parse', '--verify', '--quiet', 'HEAD'], world))) return NO_COMMIT;
  return (await gitText(['rev-parse', 'HEAD'], world)).trim();
}

function withAuthor(world: GitWorld, author: { name: string; email: string } | undefined): GitWorld {
  if (author === undefined) return world;
  const { name, email } = author;
  const names = {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
  };
  return { ...world, env: { ...world.env, ...names } };
}
