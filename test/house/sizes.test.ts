/** Sizes, names and habits of files. Functions of more than 60 lines are refused by the linter (biome.json). */
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { product, ROOT, scripts, tests, withoutComments, withoutStrings } from './tree.ts';

const MAX_LINES = 300;
/** A statechart is one literal; cutting it into pieces would hide its shape. Tests are lists of independent sentences. */
const MAX_LINES_OF_A_MACHINE = 350;
const MAX_LINES_OF_A_TEST = 600;

const files = [...product(), ...scripts(), ...tests()];

const TOP_LEVEL = [
  '.ci',
  '.git',
  '.gitignore',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'LICENSE',
  'README.md',
  'biome.json',
  'compiler',
  'docs',
  'examples',
  'machines',
  'package-lock.json',
  'package.json',
  'schemas',
  'scripts',
  'src',
  'test',
  'tsconfig.json',
  'vitest.config.ts',
];
/** Made by tools, ignored by git. */
const IGNORED = ['node_modules', 'dist', 'coverage', '.keystone', '.vscode', '.idea', '.DS_Store'];

test('the top level holds what it always holds, and nothing else', () => {
  const found = readdirSync(ROOT).filter((name) => !IGNORED.includes(name));
  expect(found.sort()).toEqual([...TOP_LEVEL].sort());
});

test(`files have at most ${MAX_LINES} lines`, () => {
  const limitOf = (path: string): number =>
    path.startsWith('machines/')
      ? MAX_LINES_OF_A_MACHINE
      : path.startsWith('test/')
        ? MAX_LINES_OF_A_TEST
        : MAX_LINES;
  const long = files
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ path, lines }) => lines > limitOf(path))
    .map(({ path, lines }) => `${path}: ${lines} lines`);
  expect(long).toEqual([]);
});

test('half of the files of the product have at most 110 lines', () => {
  const lines = product()
    .map(({ text }) => text.split('\n').length - 1)
    .sort((a, b) => a - b);
  expect(lines[Math.floor(lines.length / 2)]).toBeLessThanOrEqual(110);
});

test('files are named after what they do: kebab-case, no utils, helpers, common or types', () => {
  const vague = /(^|\/)(.*-)?(utils?|helpers?|common|misc)\.[a-z]+$|\/types\.[a-z]+$/;
  const allowed = 'src/app/types.ts';
  const bad = files.filter(
    ({ path }) => path !== allowed && (vague.test(path) || /[A-Z_ ]/.test(path.split('/').at(-1) ?? '')),
  );
  expect(bad.map(({ path }) => path)).toEqual([]);
});

test('every file but a test, whose titles do, says in its first line what it is', () => {
  const named = files.filter(({ path }) => !/\.test\.tsx?$/.test(path));
  const bare = named.filter(({ text }) => !/^(#!.*\n)?(\/\*\*?|\/\/)\s*\S/.test(text));
  expect(bare.map(({ path }) => path)).toEqual([]);
});

/** Spelled in pieces, so that this file does not hold them. */
const FORBIDDEN: Record<string, RegExp> = {
  'unfinished work': new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK'].join('|')})\\b`),
  'a focused test': new RegExp(`\\b(test|it|describe)\\.${'on' + 'ly'}\\(`),
  'a test that is never run': new RegExp(`\\b(test|it|describe)\\.${'sk' + 'ip'}\\(`),
  'a cast to any': new RegExp(`\\bas ${'an' + 'y'}\\b`),
  'a silenced compiler': new RegExp(`@ts-(${'ign' + 'ore'}|${'noch' + 'eck'})`),
  'a forgotten console.log': new RegExp(`\\bconsole\\.${'lo' + 'g'}\\(`),
};

const SEARCHED: Record<string, ReturnType<typeof product>> = {
  // What `npm run new:step` writes says itself that it is unfinished.
  'unfinished work': files.filter(({ path }) => path !== 'scripts/new-step.ts'),
  'a forgotten console.log': product(),
};

test.each(Object.entries(FORBIDDEN))('no file holds %s', (what, pattern) => {
  const searched = SEARCHED[what] ?? files;
  const found = searched
    .filter(({ text }) =>
      pattern.test(what === 'a forgotten console.log' ? withoutStrings(withoutComments(text)) : text),
    )
    .map(({ path }) => path);
  expect(found).toEqual([]);
});
