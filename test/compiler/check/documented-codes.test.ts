import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile } from '../../../compiler/compile.ts';
import { builtinCatalog } from '../../../src/steps/catalog.ts';

const ROOT = join(import.meta.dirname, '../../..');
const page = readFileSync(join(ROOT, 'docs/diagnostics.md'), 'utf8');

/** Text of each `### \`CODE\`` section. */
const sections = new Map(
  page
    .split(/^### /m)
    .slice(1)
    .map((section) => [/^`([A-Z_]+)`/.exec(section)?.[1] ?? section, section]),
);

function textsIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(ROOT, folder, name), 'utf8'));
}

/** Codes in the sources of the checks, and those the expression engine gives while parsing. */
function codesInSources(): Set<string> {
  const texts = [...textsIn('compiler/read'), ...textsIn('compiler/check'), ...textsIn('compiler/lower')];
  const codes = texts.flatMap((text) =>
    [...text.matchAll(/(?:code: |problem\(|failed\(\s*|: )'([A-Z]+_[A-Z_]+)'/g)].map(
      (match) => match[1] ?? '',
    ),
  );
  return new Set(codes);
}

describe('docs/diagnostics.md', () => {
  test('names every code that the sources report', () => {
    const codes = codesInSources();
    expect(codes.size).toBeGreaterThan(50);
    expect([...codes].filter((code) => !sections.has(code))).toEqual([]);
  });

  test('names no code that no source reports', () => {
    const all = [...textsIn('compiler/read'), ...textsIn('compiler/check'), ...textsIn('compiler/expr')].join(
      '\n',
    );
    expect([...sections.keys()].filter((code) => !new RegExp(`\\b${code}\\b`).test(all))).toEqual([]);
  });

  test('every code without an example has a test that names it', () => {
    const tests = ['read', 'check', 'lower', 'expr']
      .flatMap((folder) => textsIn(`test/compiler/${folder}`))
      .join('\n');
    const bare = [...sections].filter(([, section]) => !section.includes('```yaml')).map(([code]) => code);
    expect(bare.length).toBeGreaterThan(0);
    expect(bare.filter((code) => !new RegExp(`(?<![A-Z_])${code}(?![A-Z_])`).test(tests))).toEqual([]);
  });

  const examples = [...sections].flatMap(([code, section]) => {
    const match = /```yaml( whole)?\n([\s\S]*?)```/.exec(section);
    return match === null ? [] : [{ code, whole: match[1] !== undefined, text: match[2] ?? '' }];
  });

  test.each(examples)('the example of $code gives it', ({ code, whole, text }) => {
    const name = whole || /^name:/m.test(text) ? '' : 'name: example\n';
    const steps = whole || /^steps:/m.test(text) ? '' : 'steps: [{ id: a, run: echo hi }]\n';
    const { diagnostics } = compile(`${name}${text}${steps}`, { catalog: builtinCatalog });
    // UNUSED_INPUT is allowed beside the code that an example of inputs is about.
    const codes = diagnostics
      .map((each) => each.code)
      .filter((each) => each === code || each !== 'UNUSED_INPUT');
    expect(new Set(codes)).toEqual(new Set([code]));
    expect(diagnostics.find((each) => each.code === code)?.severity).toBe(
      /^Warning:/m.test(sections.get(code) ?? '') ? 'warning' : 'error',
    );
  });
});
