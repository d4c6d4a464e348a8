/** What belongs together is there together: the six files of a step kind, the page of a command, the entry of a code. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { generatedFiles } from '../../scripts/generate.ts';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { builtinCatalog } from '../../src/steps/catalog.ts';
import { filesBelow, product, ROOT, read } from './tree.ts';

const missing = (paths: readonly string[]): string[] => paths.filter((path) => !existsSync(join(ROOT, path)));

describe.each([...builtinCatalog])('step kind %s', (kind, { control }) => {
  test('has its folder, page, example and test', () => {
    const run = control === undefined ? [`src/steps/${kind}/run.ts`] : [];
    expect(
      missing([
        `src/steps/${kind}/index.ts`,
        `src/steps/${kind}/schema.ts`,
        ...run,
        `docs/steps/${kind}.md`,
        `examples/steps/${kind}.yaml`,
        `test/steps/${kind}.test.ts`,
      ]),
    ).toEqual([]);
  });

  test('names every field of its schema on its page', () => {
    const page = read(`docs/steps/${kind}.md`).text;
    const fields = Object.keys(builtinCatalog.get(kind)?.schema.properties ?? {});
    expect(fields.filter((field) => !page.includes(`\`${field}\``))).toEqual([]);
  });
});

test('every step page, folder and example belongs to a kind', () => {
  const kinds = [...builtinCatalog.keys()];
  const pages = filesBelow('docs/steps', /\.md$/).map(({ path }) => basename(path, '.md'));
  expect(pages.filter((page) => page !== 'README' && !kinds.includes(page))).toEqual([]);
  const folders = filesBelow('src/steps', /\/index\.ts$/).map(({ path }) => path.split('/')[2] ?? '');
  expect(folders.filter((folder) => !kinds.includes(folder))).toEqual([]);
});

describe('commands', () => {
  const shown = COMMANDS.filter(({ name }) => !name.startsWith('__') && name !== 'complete');

  test('each has a page and nothing else has one', () => {
    const pages = filesBelow('docs/commands', /\.md$/).map(({ path }) => basename(path, '.md'));
    const names = shown.map(({ name }) => name.replaceAll(' ', '-'));
    expect(pages.filter((page) => page !== 'README').sort()).toEqual(names.sort());
  });

  test('each is in a file of its own name, of at most 80 lines', () => {
    const files = filesBelow('src/cli/commands', /\.ts$/).filter(({ path }) => !path.endsWith('/index.ts'));
    const names = COMMANDS.map(({ name }) => name.replaceAll(' ', '-').replaceAll('_', ''));
    expect(files.map(({ path }) => basename(path, '.ts')).filter((name) => !names.includes(name))).toEqual(
      [],
    );
    expect(files.filter(({ text }) => text.split('\n').length > 81).map(({ path }) => path)).toEqual([]);
  });
});

describe('codes', () => {
  const codesIn = (folders: RegExp, pattern: RegExp): string[] => {
    const found = product()
      .filter(({ path }) => folders.test(path))
      .flatMap(({ text }) => [...text.matchAll(pattern)].map(([, code]) => code ?? ''));
    return [...new Set(found)].sort();
  };

  test('every code of a diagnostic is explained in docs/diagnostics.md', () => {
    const page = read('docs/diagnostics.md').text;
    const codes = codesIn(/^compiler\/(check|read|lower|compile)/, /\bcode: '([A-Z][A-Z_]+)'/g);
    expect(codes.length).toBeGreaterThan(20);
    expect(codes.filter((code) => !page.includes(code))).toEqual([]);
  });

  test('every code of a step failure is explained on some page', () => {
    const pages = filesBelow('docs', /\.md$/)
      .map(({ text }) => text)
      .join('\n');
    const codes = [
      ...codesIn(/^src\/(steps|services|runtime|app)\//, /new StepFailure\(\s*'([A-Z][A-Z_]+)'/g),
      ...codesIn(/^src\/runtime\//, /\bcode: (?:\w+ \? )?'([A-Z][A-Z_]+)'/g),
    ];
    expect(codes.length).toBeGreaterThan(5);
    expect(codes.filter((code) => !pages.includes(code))).toEqual([]);
  });
});

test('what is generated is current: schemas, tables of fields, pages of commands and machines, the graph in the README', () => {
  const stale = [...generatedFiles(ROOT)].filter(
    ([path, content]) => !existsSync(join(ROOT, path)) || read(path).text !== content,
  );
  expect(stale.map(([path]) => `${path}: run npm run generate`)).toEqual([]);
});
