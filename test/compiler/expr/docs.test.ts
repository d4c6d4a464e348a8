/** docs/expressions.md says what is: its tables of transforms and errors are made here, its examples are run. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  EXPRESSION_ERRORS,
  EXPRESSION_LIMITS,
  referencesOf,
  TRANSFORM_FAMILIES,
} from '../../../compiler/expr/index.ts';
import type { Transform } from '../../../compiler/expr/transforms/define.ts';
import type { Json, JsonObject } from '../../../compiler/json.ts';
import { errorIn, value } from './scope.ts';

const FILE = fileURLToPath(new URL('../../../docs/expressions.md', import.meta.url));
const document = readFileSync(FILE, 'utf8');
const scope: JsonObject = JSON.parse(/```json scope\n(.*?)```/s.exec(document)?.[1] ?? 'null');

/** Rows of every table whose first two columns are an expression and its value. */
const rows = [
  ...document
    .replace(/## Coming from JavaScript.*?\n## /s, '')
    .matchAll(/^\| `((?:[^`\\]|\\.)+)` \| (?:error: )?`((?:[^`\\]|\\.)+)` \|/gm),
]
  .map(([row, expression = '', result = '']) => ({
    expression: expression.replaceAll('\\|', '|'),
    result: result.replaceAll('\\|', '|'),
    isError: row.includes('| error: '),
  }))
  .filter(({ result, isError }) => isError || isJson(result));

test('the tables of transforms and errors are up to date', async () => {
  const families = [...TRANSFORM_FAMILIES]
    .map(([title, transforms]) => `#### ${title}\n\n${transformTable(transforms)}`)
    .join('\n\n');
  const errors = table(
    ['code', 'meaning'],
    Object.entries(EXPRESSION_ERRORS).map(([code, meaning]) => [`\`${code}\``, meaning]),
  );
  const made = replaceBetween(replaceBetween(document, 'transforms', families), 'errors', errors);
  await expect(made).toMatchFileSnapshot(FILE);
});

test('the documentation names every limit', () => {
  for (const limit of [
    'expressionLength',
    'nesting',
    'depth',
    'nodes',
    'work',
    'textLength',
    'patternLength',
  ] as const) {
    expect(document).toContain(EXPRESSION_LIMITS[limit].toLocaleString('en-US'));
  }
});

describe('an example of the documentation', () => {
  test('there are dozens', () => {
    expect(rows.length).toBeGreaterThan(30);
  });

  test.each(rows)('$expression is $result', ({ expression, result, isError }) => {
    if (isError) expect(errorIn(expression, scope).message).toBe(result);
    else expect(value(expression, scope)).toEqual(JSON.parse(result));
  });
});

describe('coming from JavaScript', () => {
  const section = /## Coming from JavaScript\n(.*?)\n## /s.exec(document)?.[1] ?? '';
  const pairs = [...section.matchAll(/^\| (.*?[^\\]) \| (.*) \|$/gm)].map(([, before = '', after = '']) => ({
    before: codeSpans(before),
    after: codeSpans(after).filter((span) => span !== 'script'),
  }));
  const names = {
    list: [{ name: 'a', ok: true, id: 3 }],
    text: 'a,b',
    x: { a: '1' },
    a: { b: 1 },
    b: '2',
    c: 3,
  };

  test.each(pairs.flatMap(({ before }) => before))('%s is refused with a hint', (habit) => {
    expect(errorIn(habit, names).hint).toBeTypeOf('string');
  });

  test.each(pairs.flatMap(({ after }) => after))('%s is an expression', (expression) => {
    expect(() => referencesOf(expression, { expression: true })).not.toThrow();
  });

  test('the workflow at the top has expressions', () => {
    const workflow: Json = parse(/```yaml\n(.*?)```/s.exec(document)?.[1] ?? '');
    expect(referencesOf(workflow).map(({ root }) => root)).toEqual(['inputs', 'item']);
  });
});

describe('an example of a transform', () => {
  const examples = [...TRANSFORM_FAMILIES.values()]
    .flat()
    .flatMap(({ name, examples: own }) => own.map(([expression, result]) => ({ name, expression, result })));

  test.each(examples)('$expression is $result', ({ name, expression, result }) => {
    expect(expression).toContain(name);
    expect(value(expression, {})).toEqual(result);
  });

  test('every transform has one, and a sentence', () => {
    for (const { name, examples: own, summary } of [...TRANSFORM_FAMILIES.values()].flat()) {
      expect([name, own.length > 0, /^[A-Z].*\.$/s.test(summary)]).toEqual([name, true, true]);
    }
  });

  test('the language has exactly the transforms it promises', () => {
    const promised =
      `escape raw json fromJson yaml fromYaml trim lines split join lower upper replace matches startsWith endsWith
      contains length keys values entries first last slice sort unique flatten map where every some sum min max avg number string
      boolean default coalesce now date addDuration hash uuid base64 fromBase64 urlEncode basename dirname relative glob success
      failure always canceled`.split(/\s+/);
    const names = [...TRANSFORM_FAMILIES.values()].flat().map(({ name }) => name);
    expect([...names].sort()).toEqual([...promised].sort());
  });
});

function codeSpans(cell: string): string[] {
  return [...cell.matchAll(/`` (.+?) ``|`([^`]+)`/g)].map(([, long, short]) =>
    (long ?? short ?? '').replaceAll('\\|', '|'),
  );
}

function transformTable(transforms: readonly Transform[]): string {
  const body = transforms.map(({ signature, summary, examples }) => [
    code(signature),
    summary.replaceAll('|', '\\|'),
    examples.map(([expression, result]) => `${code(expression)} → ${code(shown(result))}`).join('<br>'),
  ]);
  return table(['transform', 'gives', 'examples'], body);
}

function shown(result: Json): string {
  return JSON.stringify(result);
}

function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``;
}

function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function replaceBetween(text: string, name: string, content: string): string {
  const marker = new RegExp(`(<!-- ${name}: begin[^\n]*-->\n).*?(<!-- ${name}: end -->)`, 's');
  expect(text).toMatch(marker);
  return text.replace(marker, (_all, begin: string, end: string) => `${begin}\n${content}\n\n${end}`);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
