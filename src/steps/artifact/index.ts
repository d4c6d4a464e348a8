/** The `artifact` kind: files that a run keeps under a name, for later steps, other runs and people. */
import { defineStep, type Permission } from '../define.ts';
import { checkArtifact } from './check.ts';
import { runArtifact } from './run.ts';
import { artifactSchema } from './schema.ts';

export const artifact = defineStep({
  kind: 'artifact',
  summary: 'Keeps files under a name with the run, and gives them to later steps, other runs and people.',
  schema: artifactSchema,
  // What is uploaded belongs to the run.
  hasEffect: ({ op }) => op === 'download',
  check: checkArtifact,
  run: runArtifact,
  describe: ({ op, name, paths, path, run }) => {
    const of = run === undefined ? '' : ` of run ${run}`;
    if (op === 'upload') return `keep ${pathsOf(paths).join(', ')} as artifact "${name}"`;
    if (op === 'download') return `put artifact "${name}"${of} into ${path}`;
    return name === undefined ? `list artifacts${of}` : `list the files of artifact "${name}"${of}`;
  },
  permissions: ({ op, paths, path }): Permission[] => {
    if (op === 'upload')
      return pathsOf(paths).map((what) => ({
        to: 'read',
        what: typeof path === 'string' ? `${path}/${what}` : what,
      }));
    return op === 'download' ? [{ to: 'write', what: String(path) }] : [];
  },
});

const pathsOf = (paths: unknown): string[] =>
  (Array.isArray(paths) ? paths : [paths])
    .filter((each): each is string => typeof each === 'string')
    .filter((each) => !each.startsWith('!'));
