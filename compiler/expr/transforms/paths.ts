/** Paths as text, with `/` between their parts. Nothing here looks at a disk. */
import { posix } from 'node:path';
import { Refusal } from '../expression-error.ts';
import { matchesGlob } from '../pattern/glob.ts';
import { defineTransform, type Transform, takeArray, takeText } from './define.ts';

export const pathTransforms: readonly Transform[] = [
  defineTransform({
    signature: 'basename(path, [suffix])',
    summary: 'The last part, without the suffix if it ends so.',
    examples: [
      [`'src/cli/main.ts'|basename`, 'main.ts'],
      [`'src/cli/main.ts'|basename('.ts')`, 'main'],
    ],
    apply: ([path, suffix]) => posix.basename(takeText(path), takeText(suffix ?? '', 'the suffix')),
  }),
  defineTransform({
    signature: 'dirname(path)',
    summary: 'All but the last part; `.` when there is only one.',
    examples: [[`'src/cli/main.ts'|dirname`, 'src/cli']],
    apply: ([path]) => posix.dirname(takeText(path)),
  }),
  defineTransform({
    signature: 'relative(path, from)',
    summary: 'The path as seen from the folder `from`. Both absolute or both relative to the same folder.',
    examples: [[`'src/cli/main.ts'|relative('src/app')`, '../cli/main.ts']],
    apply: ([path, from]) => relative(takeText(path), takeText(from, 'the folder')),
  }),
  defineTransform({
    signature: 'glob(paths, pattern)',
    summary:
      'The paths, of an array or of the lines of a text, that the pattern matches: `*`, `**`, `?`, `[a-z]`, `{a,b}`. Files are not looked for; list them by a `file` step first.',
    examples: [[`['a.ts', 'src/b.ts', 'c.md']|glob('**/*.ts')`, ['a.ts', 'src/b.ts']]],
    apply: ([paths, pattern], call) => {
      const wanted = takeText(pattern, 'the pattern');
      const candidates =
        typeof paths === 'string'
          ? paths.split(/\r?\n/).filter((line) => line !== '')
          : takeArray(paths, call);
      return candidates.filter((path) => matchesGlob(takeText(path, 'every path'), wanted, call));
    },
  }),
];

function relative(path: string, from: string): string {
  if (posix.isAbsolute(path) !== posix.isAbsolute(from)) {
    throw new Refusal(
      'EXPRESSION_VALUE',
      'one path is absolute and the other is not',
      'give two absolute or two relative paths',
    );
  }
  // Made absolute, so that the working directory of the process plays no part.
  const [to, base] = [posix.normalize(path), posix.normalize(from)];
  if (/^\.\.(\/|$)/.test(base) || /^\.\.(\/|$)/.test(to)) {
    throw new Refusal('EXPRESSION_VALUE', 'a path leads out of the folder that both are relative to');
  }
  return posix.relative(posix.join('/', base), posix.join('/', to)) || '.';
}
