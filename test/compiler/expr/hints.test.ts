/** Mistakes, above all habits of JavaScript and its kin: every one is an ExpressionError with a place and what to type. */
import { describe, expect, test } from 'vitest';
import { errorIn } from './scope.ts';

describe('habits of other languages', () => {
  test.each<[string, number, string]>([
    ["inputs.tags.join(',')", 12, "use `|join(',')`"],
    ['inputs.name.split(" ")', 12, 'use `|split(" ")`'],
    ['inputs.name.toLowerCase()', 12, 'use `|lower`'],
    ['inputs.name.trim().toUpperCase()', 12, 'use `|trim`'],
    ["inputs.name.includes('x')", 12, "use `|contains('x')`"],
    ['inputs.tags.slice(0, max(1, 2))', 12, 'use `|slice(0, max(1, 2))`'],
    ['inputs.count.toString()', 13, 'use `|string`'],
    ['inputs.toString', 7, 'use `|string`'],
    ["inputs.hasOwnProperty('x')", 7, "use `|contains('key')`"],
    ['inputs.valueOf', 7, 'use the value itself'],
    ['inputs.tags.length', 12, 'use `|length`'],
    ['inputs.tags.length()', 12, 'use `|length`'],
    ['inputs.tags.map(t => t.name)', 18, "use `|map('field')`"],
    ['inputs.tags.filter((t) => t.ok)', 23, 'use a filter, such as `list[.field == …]`'],
    ['inputs.tags.find(t => t.ok)', 19, 'use a filter and `first`, such as `list[.field == …]|first`'],
    ['x => x', 2, 'use a filter, such as `list[.field == …]`'],
    ["inputs.tags.map('name')", 12, "use `|map('field')`"],
    ['JSON.stringify(inputs)', 5, 'use `inputs|json`'],
    ['JSON.stringify(inputs, null, 2)', 5, 'use `inputs|json`'],
    ['JSON.parse(steps.a.output)', 5, 'use `steps.a.output|fromJson`'],
    ['Object.keys(inputs)', 7, 'use `inputs|keys`'],
    ['Math.max(1, 2)', 5, 'use `max(1, 2)`'],
    ['Date.now()', 5, 'use `now()`'],
    ['inputs.count === 3', 13, 'use `==`'],
    ['inputs.count !== 3', 13, 'use `!=`'],
    ['inputs.a ?? 1', 9, 'use `|default(…)`, such as `inputs.name|default("none")`'],
    ['inputs?.a', 6, 'use `.`, and `|default(…)` after the path for when something on it is missing'],
    ['inputs.a &&= 1', 9, 'write the value itself; nothing is assigned in an expression'],
    ['inputs.a = 1', 9, 'use `==` to compare'],
    ['inputs.a & 1', 9, 'use `&&`'],
    ['[...inputs.tags]', 1, 'use `[a, b]|flatten` to join lists'],
    ['`a${inputs.name}`', 0, "use 'quoted text' and `+`, or put `${{ }}` into the text of the field"],
    ['${inputs.name}', 0, 'write the name alone, without `${ }`'],
    ['2 ** 3', 2, 'use `^` for powers'],
    ['inputs.a;', 8, 'use a `script` step for more than one statement'],
    ['inputs.a // b # c', 14, 'put the comment into the YAML, after `#`'],
    ["typeof inputs.a == 'x'", 7, 'there is no `typeof`; convert with `|string`, `|number`, `|boolean`'],
    ['new Date()', 4, 'there is no `new`; for dates use `now()` and `|date`'],
    ['inputs.a and inputs.b', 9, 'use `&&`'],
    ['not inputs.a', 4, 'use `!`'],
    ['inputs.a is null', 9, 'use `==`'],
    ['await inputs.a', 6, 'nothing is awaited in an expression; leave it out'],
    ['inputs.a == undefined', 12, 'use `null`; a property that is missing is null'],
    ['toJSON(inputs)', 0, 'use `x|json`'],
    ['fromJSON(inputs.a)', 0, 'use `x|fromJson`'],
    ['cancelled()', 0, 'use `canceled()`'],
    ["hashFiles('a')", 0, 'use a step that reads the files, and `|hash` on its output'],
    ['inputs.name|uper', 12, 'did you mean "upper"?'],
    ['inputs.name|toUpperCase', 12, 'use `x|upper`'],
    ["'it''s'", 4, "a quote inside quoted text is written \\'"],
    ['matrix.os', 0, 'use `item`, such as `item.os`'],
    ['github.ref', 0, 'use `inputs`, `env` or `run`; there is no `github` here'],
    ['process.env.HOME', 0, 'use `env.NAME`; only the `env` of the workflow and the step is in scope'],
    ['item.name', 0, 'only a step with `foreach` or `strategy.matrix` has `item` and `index`'],
    ['inputs.tags.0', 12, 'use [0]'],
    ['inputs.größe', 9, 'use ["…"] for other keys, such as inputs["größe"]'],
    ['привет', 0, 'use ["…"] for other keys, such as inputs["größe"]'],
    ['“text”', 0, 'use \' or "'],
    ['\\"text\\"', 0, 'quotes around an expression need no backslash: use the other kind of quote'],
    ['2fast', 0, 'quote text that begins with a digit, and name a key that does so by ["…"]'],
    [
      '.name',
      0,
      'begin with a name, such as inputs.name; ".name" is for filters, such as list[.name == "x"]',
    ],
    ['inputs.name | | trim', 14, 'a transform follows `|`, such as `x|trim`; "or" is `||`'],
    ['(inputs.name)(1)', 13, 'call transforms by name, such as `x|trim` or `trim(x)`'],
  ])('%s', (expression, offset, hint) => {
    const error = errorIn(expression);
    expect({ offset: error.offset, hint: error.hint }).toEqual({ offset, hint });
  });
});

describe('names that lead into the engine', () => {
  test.each([
    ['constructor', 0],
    ['inputs.constructor', 7],
    ['inputs["constructor"]', 7],
    ["inputs['con' + 'structor']", 7],
    ['inputs.__proto__', 7],
    ['inputs["__proto__"]', 7],
    ['inputs.prototype', 7],
    ["inputs.tags['constructor']", 12],
    ['{__proto__: 1}', 1],
    ['{"constructor": 1}', 1],
    ['[{}][.constructor]', 6],
    ['[{}]|map("__proto__")', 5],
    ["[{}]|map('a.constructor')", 5],
    ["x|default(inputs['__pro' + 'to__'])", 17],
    ['toString', 0],
    ['valueOf', 0],
    ['hasOwnProperty', 0],
    ['__defineGetter__', 0],
    ['isPrototypeOf(1)', 0],
  ])('%s is refused', (expression, offset) => {
    expect(errorIn(expression)).toMatchObject({ code: 'EXPRESSION_FORBIDDEN_NAME', offset });
  });

  test('data may use the harmless ones as keys', () => {
    expect(errorIn('inputs.toString').hint).toBe('use `|string`');
    expect(errorIn('inputs["toString"].x').message).toContain('inputs["toString"] is null');
  });
});

describe('broken syntax', () => {
  test.each<[string, string, number]>([
    ['', 'EXPRESSION_SYNTAX', 0],
    ['   ', 'EXPRESSION_SYNTAX', 0],
    ['(', 'EXPRESSION_UNCLOSED', 0],
    ['(1', 'EXPRESSION_UNCLOSED', 0],
    ['1)', 'EXPRESSION_SYNTAX', 1],
    ['()', 'EXPRESSION_SYNTAX', 1],
    ['[1)', 'EXPRESSION_SYNTAX', 2],
    ['a[', 'EXPRESSION_UNCLOSED', 1],
    ['a[]', 'EXPRESSION_SYNTAX', 1],
    ['[1,,2]', 'EXPRESSION_SYNTAX', 3],
    ['[,]', 'EXPRESSION_SYNTAX', 1],
    ['trim(,)', 'EXPRESSION_SYNTAX', 5],
    ['{a}', 'EXPRESSION_SYNTAX', 2],
    ['{a:}', 'EXPRESSION_SYNTAX', 3],
    ['{a 1}', 'EXPRESSION_SYNTAX', 3],
    ['{1 + 1: 2}', 'EXPRESSION_SYNTAX', 1],
    ['a ? 1', 'EXPRESSION_SYNTAX', 5],
    ['a ? 1 :', 'EXPRESSION_SYNTAX', 7],
    ['(a ? 1)', 'EXPRESSION_SYNTAX', 6],
    ['a : 1', 'EXPRESSION_SYNTAX', 2],
    ['a, b', 'EXPRESSION_SYNTAX', 1],
    ['(a, b)', 'EXPRESSION_SYNTAX', 2],
    ['a b', 'EXPRESSION_SYNTAX', 2],
    ['a "b"', 'EXPRESSION_SYNTAX', 2],
    ['1 +', 'EXPRESSION_SYNTAX', 3],
    ['* 1', 'EXPRESSION_SYNTAX', 0],
    ['a.', 'EXPRESSION_SYNTAX', 2],
    ['a..b', 'EXPRESSION_SYNTAX', 2],
    ['a|', 'EXPRESSION_SYNTAX', 2],
    ['a|"b"', 'EXPRESSION_SYNTAX', 2],
    ['a|(b)', 'EXPRESSION_SYNTAX', 2],
    ['a|!b', 'EXPRESSION_SYNTAX', 2],
    ['a!', 'EXPRESSION_SYNTAX', 1],
    ['!', 'EXPRESSION_SYNTAX', 1],
    ['-', 'EXPRESSION_SYNTAX', 0],
    ['"a', 'EXPRESSION_UNCLOSED', 0],
    ["1 + 'a", 'EXPRESSION_UNCLOSED', 4],
    ['@', 'EXPRESSION_SYNTAX', 0],
    ['\u0000', 'EXPRESSION_SYNTAX', 0],
    ['a\u200bb', 'EXPRESSION_SYNTAX', 1],
    ['😀', 'EXPRESSION_SYNTAX', 0],
    ['9'.repeat(400), 'EXPRESSION_SYNTAX', 0],
    ['nope(1)', 'EXPRESSION_UNKNOWN_FUNCTION', 0],
    ['1|nope', 'EXPRESSION_UNKNOWN_FUNCTION', 2],
    ['1|constructor', 'EXPRESSION_UNKNOWN_FUNCTION', 2],
    ['1|split(1, 2, 3)', 'EXPRESSION_ARGUMENTS', 2],
    ['1 + default(1)', 'EXPRESSION_ARGUMENTS', 4],
    ['always(1)', 'EXPRESSION_ARGUMENTS', 0],
  ])('%j is %s at %i', (expression, code, offset) => {
    expect(errorIn(expression, {})).toMatchObject({ code, offset });
  });

  test('a wrong number of arguments shows how it is called', () => {
    expect(errorIn('1|replace("a")').hint).toBe('it is replace(text, search, replacement)');
  });
});
