/** The documentation: links lead somewhere, workflows in it compile, commands in it exist. */
import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile, formatDiagnostic } from '#compiler';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { builtinCatalog } from '../../src/steps/catalog.ts';
import { filesBelow, ROOT, read, type SourceFile } from './tree.ts';

const pages: SourceFile[] = [
  ...filesBelow('docs', /\.md$/),
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].map(read),
];

interface Block {
  language: string;
  /** What stands behind the language, such as `# not run`. */
  note: string;
  text: string;
  line: number;
}

function blocksOf(page: SourceFile): Block[] {
  const found = page.text.matchAll(/^([ \t]*)```(\w+)([^\n]*)\n([\s\S]*?)^\1```/gm);
  return [...found].map(({ index, 1: indent = '', 2: language = '', 3: note = '', 4: text = '' }) => ({
    language,
    note: note.trim(),
    text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    line: page.text.slice(0, index).split('\n').length,
  }));
}

const withoutCode = (text: string): string =>
  text.replaceAll(/```[\s\S]*?```/g, '').replaceAll(/`[^`\n]*`/g, '');

/** Anchors GitHub makes of headings. */
function anchorsOf(text: string): string[] {
  const headings = text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/^#+\s+(.*)$/gm);
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe.each(pages)('$path', (page) => {
  test('links lead to files and headings that exist', () => {
    const links = [...withoutCode(page.text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    const broken = links.filter((link) => {
      if (/^(https?:|mailto:)/.test(link)) return false;
      const [path = '', anchor] = link.split('#');
      const file = path === '' ? page.path : normalize(join(dirname(page.path), path));
      if (!existsSync(join(ROOT, file))) return true;
      return anchor !== undefined && file.endsWith('.md') && !anchorsOf(read(file).text).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  test('whole workflows in it compile', () => {
    // What this page shows is wrong on purpose, and each block has a test of its own.
    if (page.path === 'docs/diagnostics.md') return;
    const problems = blocksOf(page)
      .filter(
        ({ language, note, text }) =>
          language === 'yaml' && !/not run|on purpose/.test(note) && isWorkflow(text),
      )
      .flatMap(({ text, line }) => {
        const compiled = compile(text, { catalog: builtinCatalog });
        return compiled.ok
          ? []
          : compiled.diagnostics.map(
              (each) => `block at line ${line}: ${formatDiagnostic(each, text, page.path)}`,
            );
      });
    expect(problems).toEqual([]);
  });

  test('commands in it exist', () => {
    const lines = blocksOf(page)
      .filter(({ language, note }) => ['sh', 'console'].includes(language) && !note.includes('not run'))
      .flatMap(({ text }) => text.replaceAll('\\\n', ' ').split('\n'));
    expect(lines.flatMap(unknownCommands)).toEqual([]);
  });
});

/** Blocks that are parts of a workflow are tested by what explains them; a whole one has a name and steps. */
const isWorkflow = (text: string): boolean => /^name:/m.test(text) && /^steps:/m.test(text);

const COMMAND_WORDS = new Set([
  ...COMMANDS.flatMap(({ name, aliases }) => [name, ...(aliases ?? [])]),
  'help',
]);
const SCRIPTS = Object.keys((JSON.parse(read('package.json').text) as { scripts: object }).scripts);

/** `keystone <command>` and `npm run <script>` of a line that nobody knows, options that the command does not have. */
function unknownCommands(line: string): string[] {
  const unknown: string[] = [];
  for (const [, rest = ''] of line.replace(/\s#.*$/, '').matchAll(/(?:^|[\s;&|(])keystone\s+([^;&|)]*)/g)) {
    const words = rest.trim().split(/\s+/);
    if (words[0]?.startsWith('-') === true || rest.includes('<')) continue;
    const name = [words.slice(0, 2).join(' '), words[0] ?? ''].find((each) => COMMAND_WORDS.has(each));
    if (name === undefined) unknown.push(`keystone ${words[0]}: ${line}`);
    const flags =
      COMMANDS.find((each) => each.name === name)
        ?.options?.map(({ flags }) => flags)
        .join(' ') ?? '';
    const known = `${flags} --help --quiet --no-color --cwd --config --version -q -h`;
    for (const word of words) {
      const flag = /^--?[a-z][a-z-]*/.exec(word)?.[0];
      if (name !== undefined && flag !== undefined && !new RegExp(`${flag}\\b`).test(known))
        unknown.push(`${flag} of keystone ${name}: ${line}`);
    }
  }
  for (const [, script = ''] of line.matchAll(/\bnpm run ([\w:-]+)/g))
    if (!SCRIPTS.includes(script)) unknown.push(`npm run ${script}: ${line}`);
  return unknown;
}

test('every page is reached from docs/README.md, or from the index of its folder', () => {
  const indexes = ['docs/README.md', 'docs/commands/README.md', 'docs/machines/README.md'];
  const linked = indexes.flatMap((index) =>
    [...read(index).text.matchAll(/\]\(([^)#\s]+)/g)].map(([, target = '']) =>
      normalize(join(dirname(index), target)),
    ),
  );
  const unreached = filesBelow('docs', /\.md$/).filter(
    ({ path }) => path !== 'docs/README.md' && !linked.includes(path),
  );
  expect(unreached.map(({ path }) => path)).toEqual([]);
});
