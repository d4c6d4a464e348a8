/** Paths, what is missing, filters, conditions: what an expression gives. */
import { describe, expect, test } from 'vitest';
import { errorIn, errorOf, options, scope, value } from './scope.ts';

describe('paths', () => {
  test.each([
    ['inputs.name', 'key stone'],
    ['inputs["my-key"]', 5],
    ["inputs['na' + 'me']", 'key stone'],
    ['inputs.missing', null],
    ['steps.build.output.files[0].name', 'a.ts'],
    ['steps.build.output.files["1"].name', 'b.md'],
    ['steps.build.output.files[-1].name', 'b.md'],
    ['steps.build.output.files[7]', null],
    ['steps.build.output.files[inputs.count - 2].size', 20],
    ['(inputs.tags)[1]', 'b c'],
    ['[1, 2][1]', 2],
    ['{a: {b: 1}}.a.b', 1],
    ["{'a-b': 1, \"c\": 2}['a-b']", 1],
    ['inputs.tags|last', 'b c'],
    ['(inputs.name|split)[1]', 'stone'],
    ['inputs.name|split[1]', 'stone'],
    ['steps.build.output|keys', ['url', 'files']],
    ['${{ inputs.count }}', 3],
    ['  ${{ inputs.count }}\n', 3],
    [' inputs.count ', 3],
    ['true', true],
    ['false', false],
    ['null', null],
    ['"a\\n\\t\\u0041\\"\\\\"', 'a\n\tA"\\'],
    ["'\\d\\.'", '\\d\\.'],
    ['1e3', 1000],
    ['-2', -2],
    ['-inputs.count', -3],
    ['-(1 + 2)', -3],
    ['2 - -1', 3],
    ['[]', []],
    ['{}', {}],
    ['[1, 2,]', [1, 2]],
    ['{a: 1,}', { a: 1 }],
    ['{b: 1, a: 2, 1: 3}|keys|join', '1,b,a'],
  ])('%s is %j', (expression, result) => {
    expect(value(expression)).toEqual(result);
  });

  test('a null on the way is an error that names the path', () => {
    const error = errorIn('1 + steps.skipped.output.url');
    expect(error.message).toBe('steps.skipped.output is null; it has no "url"');
    expect(error).toMatchObject({ code: 'EXPRESSION_NULL', offset: 25 });
    expect(errorIn('steps.nowhere.output').message).toBe('steps.nowhere is null; it has no "output"');
    expect(errorIn('inputs["a"]["b"]').message).toBe('inputs["a"] is null; it has no "b"');
  });

  test('a name that is not in scope is an error with the nearest name', () => {
    expect(errorIn('input.name')).toMatchObject({
      code: 'EXPRESSION_UNKNOWN_NAME',
      offset: 0,
      hint: 'use `inputs`',
    });
    expect(errorIn('1 + stpes.x').hint).toBe('did you mean "steps"?');
    expect(errorIn('hello').hint).toContain('in scope: inputs, steps, env');
  });

  test('a property of something that has none is an error', () => {
    expect(errorIn('inputs.tags.length')).toMatchObject({
      code: 'EXPRESSION_TYPE',
      offset: 12,
      hint: 'use `|length`',
    });
    expect(errorIn('inputs.name.length').hint).toBe('use `|length`');
    expect(errorIn('[].length').hint).toBe('use `|length`');
    expect(errorIn('inputs.tags.name').hint).toContain("|map('name')");
    expect(errorIn('inputs.name.url').hint).toContain('fromJson');
    expect(errorIn('inputs.name[0]')).toMatchObject({ code: 'EXPRESSION_TYPE' });
    expect(errorIn('inputs.count.x').message).toBe('inputs.count is a number; it has no "x"');
    expect(errorIn('inputs.tags[0.5]')).toMatchObject({ code: 'EXPRESSION_TYPE' });
    expect(errorIn('inputs[inputs.flag]').message).toContain('a key is a string or a number');
    expect(errorIn('inputs[null]')).toMatchObject({ code: 'EXPRESSION_TYPE', offset: 7 });
  });

  test('default and coalesce forgive what is missing, and only that', () => {
    expect(value("steps.nowhere.output.url|default('none')")).toBe('none');
    expect(value("nowhere.at.all|default('none')")).toBe('none');
    expect(value("inputs.name.url|default('none')")).toBe('none');
    expect(value("steps.nowhere.items[.ok]|default('none')")).toEqual([]);
    expect(value('coalesce(a.b, steps.skipped.output.x, inputs.count, 1)')).toBe(3);
    expect(value("''|default('none')")).toBe('');
    expect(value('false|default(true)')).toBe(false);
    expect(value('null|default(null)')).toBe(null);
    expect(errorIn('inputs.tags.length|default(0)').hint).toBe('use `|length`');
    expect(errorIn('(a.b|default(1)) + c.d')).toMatchObject({ code: 'EXPRESSION_UNKNOWN_NAME', offset: 19 });
    expect(errorIn("('x' * 2)|default(1)")).toMatchObject({ code: 'EXPRESSION_TYPE' });
  });

  test('a key with a hyphen read as a subtraction gets its hint', () => {
    expect(errorIn('inputs.my-key')).toMatchObject({ offset: 10 });
    expect(errorIn('inputs.my-key').hint).toContain('inputs["my-key"]');
    expect(errorIn('a + inputs.my-long-key', { ...scope, a: 1, inputs: { my: 1 } }).hint).toContain(
      'inputs["my-long-key"]',
    );
    expect(value('inputs.count-1')).toBe(2);
  });
});

describe('filters', () => {
  test.each([
    ["steps.build.output.files[.name == 'b.md']", [{ name: 'b.md', size: 20 }]],
    ["steps.build.output.files[.name == 'b.md'].size", 20],
    ["steps.build.output.files[.name == 'c'].size", null],
    ["steps.build.output.files[.size > 5 && .name|endsWith('.ts')]|map('name')", ['a.ts']],
    ['steps.build.output.files[(.size == 10)]|length', 1],
    ['steps.build.output.files[.size == inputs.count * 10 - 10]|length', 1],
    ['steps.build.output.files[!.missing]|length', 2],
    ["['a', 'b', 'ab'][. == 'b' || .|contains('b')]", ['b', 'ab']],
    ['[3, 1, 2][. >= 2]', [3, 2]],
    ['[[1], [2, 3]][.[. == 3]|length == 1]', [[2, 3]]],
    ['[{a: [{b: 1}]}, {a: []}][.a[.b == 1]|length > 0]|length', 1],
    ['[null, {a: 1}][.a == 1]|length', 1],
    ['[][.a == 1]', []],
  ])('%s is %j', (expression, result) => {
    expect(value(expression)).toEqual(result);
  });

  test('a filter of anything but an array is an error', () => {
    expect(errorIn("inputs[.name == 'x']").hint).toContain('|values');
    expect(errorIn('steps.skipped.output[.a == 1]').message).toContain('is null');
  });
});

describe('conditions', () => {
  test.each([
    ['inputs.flag ? 1 : 2', 1],
    ['inputs.nothing ?: 4', 4],
    ['inputs.name ?: 4', 'key stone'],
    ['inputs.tags|length > 1 ? "many" : "one"', 'many'],
    ['failure() ? 1 : 2', 2],
    ['inputs.nothing|boolean ? 1 : 2', 2],
    ['false ? 1 : false ? 2 : 3', 3],
    ['true ? false ? 1 : 2 : 3', 2],
    ['inputs.flag && inputs.name', 'key stone'],
    ['inputs.nothing && inputs.nothing.x', null],
    ["'' || 0 || 'x'", 'x'],
    ['true || false && false', true],
    ['!inputs.flag == false', true],
    ['!(inputs.flag && false)', true],
    ['!inputs.nothing', true],
    ['1 + 2 * 3 - 4 / 2', 5],
    ['(1 + 2) * 3', 9],
    ['7 // 2 + 7 % 4', 6],
    ['2 ^ 3 * 2', 16],
    ['1 + 1 == 2 && 3 > 2', true],
    ["'b' in inputs.tags || 'a' in inputs.tags", true],
    ["'stone' in inputs.name", true],
    ["'name' in inputs", true],
    ["'toString' in inputs", false],
  ])('%s is %j', (expression, result) => {
    expect(value(expression)).toEqual(result);
  });

  test('only the branch that is taken is evaluated', () => {
    expect(value('inputs.nothing ? inputs.nothing.x.y : 1')).toBe(1);
    expect(value('inputs.flag || nowhere')).toBe(true);
  });
});

describe('status functions', () => {
  const needs = (...statuses: string[]) => ({
    ...options,
    needs: statuses.map((status, at) => ({ id: `n${at}`, status })),
  });
  test.each([
    ['success()', ['success', 'success'], true],
    ['success()', ['success', 'skipped'], false],
    ['success()', [], true],
    ['failure()', ['success', 'failed'], true],
    ['failure()', ['success', 'canceled'], false],
    ['canceled()', ['canceled'], true],
    ['always()', ['failed'], true],
    ['always() && !failure()', ['failed'], false],
  ])('%s over needs %j is %j', (expression, statuses, result) => {
    expect(value(expression, scope, needs(...statuses))).toBe(result);
  });

  test('a run that is being canceled is canceled and no success', () => {
    const canceling = { ...options, runCanceled: true };
    expect([value('canceled()', scope, canceling), value('success()', scope, canceling)]).toEqual([
      true,
      false,
    ]);
  });

  test('a step may be asked for by name', () => {
    expect(value('success(steps.build) && !failure(steps.skipped)')).toBe(true);
    expect(errorIn('success(1)')).toMatchObject({ code: 'EXPRESSION_TYPE' });
  });
});

describe('a field that is an expression', () => {
  test('mixed text and expressions are refused, because such text is always true', () => {
    const error = errorOf(() => value("${{ inputs.name }} == 'x'"));
    expect(error).toMatchObject({ code: 'EXPRESSION_SYNTAX', offset: 0 });
    expect(error.hint).toContain('one `${{ }}`');
    expect(errorOf(() => value('${{ true }} ${{ false }}'))).toMatchObject({ code: 'EXPRESSION_SYNTAX' });
  });

  test('errors count from the beginning of the text', () => {
    expect(errorOf(() => value('${{ nowhere }}'))).toMatchObject({ offset: 4, expression: '${{ nowhere }}' });
  });
});

describe('scopes', () => {
  test('getters are called when, and only when, they are read', () => {
    const read: string[] = [];
    const lazy = {
      get steps() {
        read.push('steps');
        return {
          get a() {
            read.push('a');
            return 1;
          },
          get b() {
            read.push('b');
            return 2;
          },
        };
      },
      get inputs() {
        read.push('inputs');
        return {};
      },
    };
    expect(value('steps.a', lazy)).toBe(1);
    expect(read).toEqual(['steps', 'a']);
  });

  test('null prototypes, undefined and numbers that are none give plain JSON', () => {
    const bare = Object.assign(Object.create(null), {
      x: Object.assign(Object.create(null), { y: undefined, z: Number.NaN }),
    });
    expect(value('x', bare)).toEqual({ y: null, z: null });
  });

  test('what a getter throws is passed on as it is', () => {
    const boom = new TypeError('boom');
    expect(() =>
      value('x', {
        get x() {
          throw boom;
        },
      }),
    ).toThrow(boom);
  });

  test('functions are no data', () => {
    expect(errorIn('f', { f: () => 1 })).toMatchObject({ code: 'EXPRESSION_TYPE' });
  });
});
