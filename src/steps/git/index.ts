/** The `git` kind: repositories, branches, commits and working trees, by plain git. */
import { remoteOf } from '../../services/git/credential.ts';
import { defineStep } from '../define.ts';
import { checkGit, isReading } from './check.ts';
import { runGitStep } from './run.ts';
import { gitSchema } from './schema.ts';
import { cleanWorktree } from './worktree.ts';

export const git = defineStep({
  kind: 'git',
  summary:
    'Clones, checks out, pulls, pushes, commits, compares, and makes working trees that go with their run.',
  schema: gitSchema,
  hasEffect: ({ op }) => !isReading(op),
  check: checkGit,
  run: runGitStep,
  cleanUp: cleanWorktree,
  describe: ({ op, url, path, branch, message, remote = 'origin' }) => {
    const what = {
      clone: `clone ${remoteOf(url ?? '', undefined).url} into ${path}`,
      checkout: `check out ${branch}`,
      pull: `pull ${branch ?? 'the branch'} from ${remote}`,
      push: `push ${branch ?? 'the branch'} to ${remote}`,
      commit: `commit "${(message ?? '').split('\n')[0]}"`,
      worktree_add: `make a working tree of ${branch} at ${path}`,
      worktree_remove: `remove the working tree ${path}`,
      diff: 'show what changed',
      status: 'show where the repository stands',
    };
    return `git: ${what[op]}`;
  },
  permissions: ({ op, url, path, cwd }) => [
    { to: 'run', what: 'git' },
    ...(typeof url === 'string' ? [{ to: 'connect' as const, what: remoteOf(url, undefined).url }] : []),
    ...(op === 'pull' || op === 'push'
      ? [{ to: 'connect' as const, what: 'the remotes of the repository' }]
      : []),
    { to: isReading(op) ? 'read' : 'write', what: String(path ?? cwd ?? '.') },
  ],
});
