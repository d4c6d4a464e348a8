/** The fields of a git step. */
import { Type } from '@sinclair/typebox';

export const GIT_OPS = [
  'clone',
  'checkout',
  'pull',
  'push',
  'commit',
  'worktree_add',
  'worktree_remove',
  'diff',
  'status',
] as const;
export type GitOp = (typeof GIT_OPS)[number];

const text = (description: string) => Type.Optional(Type.String({ minLength: 1, description }));

export const gitSchema = Type.Object(
  {
    op: Type.Union(
      GIT_OPS.map((op) => Type.Literal(op)),
      {
        description:
          '`clone`, `checkout`, `pull`, `push`, `commit`, `worktree_add`, `worktree_remove`, `diff` or `status`.',
      },
    ),
    cwd: text('The repository, relative to the folder the run was started for. Default: that folder.'),
    url: text('Of `clone`: what to clone. A name and password in it are used, but stored nowhere.'),
    path: text('Of `clone` and `worktree_*`: the folder of the clone or working tree, relative to `cwd`.'),
    branch: text(
      'Of `clone`, `checkout`, `pull`, `push` and `worktree_add`: a branch; `checkout` also takes a tag or commit.',
    ),
    create: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Of `checkout` and `worktree_add`: makes the branch, from `from`, when it is not there.',
      }),
    ),
    from: text('Of `create`: where the new branch begins. Of `diff`: the older side. Default: HEAD.'),
    to: text('Of `diff`: the newer side. Default: the working tree, files that are not tracked included.'),
    depth: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Of `clone`: only so many commits of the history.' }),
    ),
    remote: text('Of `pull` and `push`: the remote. Default: `origin`.'),
    force: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Of `push`: replaces the branch, unless somebody else pushed meanwhile (`--force-with-lease`). Of `worktree_remove`: with changes in it.',
      }),
    ),
    message: text('Of `commit`: the message.'),
    paths: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        minItems: 1,
        description: 'Of `commit` and `diff`: only these files and folders. Default: all changes.',
      }),
    ),
    author: Type.Optional(
      Type.Object(
        { name: Type.String({ minLength: 1 }), email: Type.String({ minLength: 1 }) },
        {
          additionalProperties: false,
          description: 'Of `commit`: author and committer. Default: as git is configured.',
        },
      ),
    ),
    cleanup: Type.Optional(
      Type.Boolean({
        default: true,
        description: 'Of `worktree_add`: removes the working tree when the run has ended; its branch stays.',
      }),
    ),
    token: text(
      'For remotes over https: a token or password, such as `${{ secrets.GITHUB_TOKEN }}`. Handed to git by its environment, stored nowhere.',
    ),
  },
  { additionalProperties: false },
);
