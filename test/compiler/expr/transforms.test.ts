/** Edges of the transforms; their plain examples are in the documentation and run from there. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../../compiler/json.ts';
import { errorIn, value } from './scope.ts';

describe('text', () => {
  test.each<[string, Json]>([
    ["'a\\r\\nb\\r\\n\\r\\n'|lines", ['a', 'b', '']],
    ["'\\n'|lines", ['']],
    ["'a'|split('')", ['a']],
    ["'añ😀'|split('')", ['a', 'ñ', '😀']],
    ["''|split", []],
    ["''|split(',')", ['']],
    ["'a$&b'|replace('$&', '$1')", 'a$1b'],
    ['12|replace(1, 3)', '32'],
    ["12|startsWith('1')", true],
    ["'ABC'|contains('b')", false],
    ['[[1], [2]]|contains([2])', true],
    ["'😀a'|length", 2],
    ["'😀ab'|slice(1)", 'ab'],
    ["'abc'|first + ('abc'|last)", 'ac'],
    ["''|first", null],
    ['true|upper', 'TRUE'],
    ['{a: null}|string', '{"a":null}'],
    ['["a\'b"]|escape', `'a'\\''b'`],
    ["''|escape", "''"],
    ['[]|escape', ''],
    ['{a: 1}|escape', `'{"a":1}'`],
  ])('%s is %j', (expression, result) => {
    expect(value(expression)).toEqual(result);
  });

  test.each([
    ['null|upper', 'default(…)'],
    ['[1]|trim', '|join(…)'],
    ['{a: 1}|lower', undefined],
  ])('%s is refused', (expression, hint) => {
    expect(errorIn(expression)).toMatchObject({ code: 'EXPRESSION_TYPE' });
    if (hint !== undefined) expect(errorIn(expression).hint).toContain(hint);
  });

  test('text to search may not be empty', () => {
    expect(errorIn("'a'|replace('', 'b')")).toMatchObject({ code: 'EXPRESSION_VALUE', offset: 4 });
  });

  test('what escape quotes, a shell reads as one word again', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("'", '"', '\\', '$', ' ', 'a', '\n', ';') }), (text) => {
        const quoted = String(value('text|escape', { text }));
        const read = quoted.replace(
          /'([^']*)'|\\(.)/g,
          (_all, plain: string | undefined, escaped: string | undefined) => plain ?? escaped ?? '',
        );
        expect(read).toBe(text);
      }),
    );
  });
});

describe('arrays and objects', () => {
  test.each<[string, Json]>([
    ["[1, null, 'a', [2], {b: 1}]|join('-')", '1--a-[2]-{"b":1}'],
    ['[]|join', ''],
    ["['b', 'a', 'B']|sort", ['B', 'a', 'b']],
    ["[3, '20', 1]|sort", [1, 3, '20']],
    [
      "[{n: 1, k: 'x'}, {n: 1, k: 'y'}, {n: 0}]|sort('n', 'desc')",
      [{ n: 1, k: 'x' }, { n: 1, k: 'y' }, { n: 0 }],
    ],
    ["[{o: {n: 2}}, {o: {n: 1}}]|sort('o.n')|map('o.n')", [1, 2]],
    ["[1, '1', 1, null, null]|unique", [1, '1', null]],
    ['[{a: 1, b: 2}, {b: 2, a: 1}, [1], [1]]|unique', [{ a: 1, b: 2 }, [1]]],
    ['[1, [2, [3, [4]]]]|flatten(2)', [1, 2, 3, [4]]],
    ['[[1]]|flatten(0)', [[1]]],
    ["[{'a.b': 1}, {a: {b: 2}}, 3, null]|map('a.b')", [1, 2, null, null]],
    ["[[1, 2], [3]]|map('0')", [1, 3]],
    ["[{n: '2'}, {n: 2}, {}]|where('n', 2)|length", 2],
    ["[{n: null}, {}]|where('n', null)|length", 2],
    ["[]|every('x')", true],
    ["[]|some('x')", false],
    ['[1, 2, 3, 4]|slice(1, -1)', [2, 3]],
    ['[1, 2]|slice(0, null)', [1, 2]],
    ['{}|entries', []],
    ['{a: 1}|values|first', 1],
    ['[5]|last', 5],
  ])('%s is %j', (expression, result) => {
    expect(value(expression)).toEqual(result);
  });

  test.each([
    ["[1, 'a', null]|sort", 'EXPRESSION_TYPE'],
    ["[1]|sort('', 'down')", 'EXPRESSION_VALUE'],
    ["'abc'|map('x')", 'EXPRESSION_TYPE'],
    ['[1]|keys', 'EXPRESSION_TYPE'],
    ['null|length', 'EXPRESSION_TYPE'],
    ['1|length', 'EXPRESSION_TYPE'],
    ['[1]|slice(0.5)', 'EXPRESSION_TYPE'],
    ["[1]|slice('x')", 'EXPRESSION_TYPE'],
    ["[1]|flatten(null + 'x')", 'EXPRESSION_TYPE'],
    ['{a: 1}|join', 'EXPRESSION_TYPE'],
  ])('%s is refused as %s', (expression, code) => {
    expect(errorIn(expression)).toMatchObject({ code });
  });

  test('unique keeps the first of equal elements, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ maxDepth: 1 }), { maxLength: 20 }), (raw) => {
        // Through JSON, which has no -0.
        const list: Json[] = JSON.parse(JSON.stringify(raw));
        const isFirst = (item: Json, at: number): boolean =>
          list.findIndex((other) => isDeepStrictEqual(item, other)) === at;
        expect(value('list|unique', { list })).toEqual(list.filter(isFirst));
      }),
    );
  });
});

describe('numbers and booleans', () => {
  test.each<[string, Json]>([
    ["' 4.5 '|number", 4.5],
    ["'-1e3'|number", -1000],
    ['false|number', 0],
    ["' TRUE '|boolean", true],
    ["''|boolean", false],
    ['null|boolean', false],
    ['2|boolean', true],
    ["[1, '2']|sum", 3],
    ['[]|sum', 0],
    ['[]|max', null],
    ["['b', 'a']|min", 'a'],
    ["max('3', 10)", 10],
    ["[{n: 1}, {n: 5}]|max('n')", 5],
    ['min([])', null],
    ['max(4)', 4],
    ["[{t: 2}, {t: 4}]|avg('t')", 3],
  ])('%s is %j', (expression, result) => {
    expect(value(expression)).toEqual(result);
  });

  test.each([
    ["'1x'|number", 'EXPRESSION_VALUE'],
    ["''|number", 'EXPRESSION_VALUE'],
    ["'0x10'|number", 'EXPRESSION_VALUE'],
    ["'Infinity'|number", 'EXPRESSION_VALUE'],
    ['null|number', 'EXPRESSION_TYPE'],
    ["'maybe'|boolean", 'EXPRESSION_VALUE'],
    ['[1]|boolean', 'EXPRESSION_TYPE'],
    ["[1, 'x']|sum", 'EXPRESSION_TYPE'],
    ['[1, null]|avg', 'EXPRESSION_TYPE'],
    ["['a', 1]|max", 'EXPRESSION_TYPE'],
    ['max(null)', 'EXPRESSION_TYPE'],
    ['max([1], [2])', 'EXPRESSION_TYPE'],
  ])('%s is refused as %s', (expression, code) => {
    expect(errorIn(expression)).toMatchObject({ code });
  });
});

describe('dates', () => {
  test.each<[string, Json]>([
    ["'2026-01-31T12:00:00+02:00'|date", '2026-01-31T10:00:00.000Z'],
    ["'2026-01-31 12:00'|date", '2026-01-31T12:00:00.000Z'],
    ["'2026-01-31T12:00:00.123456Z'|date('SSS')", '123'],
    ["'2026-01-31T12:00:00-0330'|date('HH:mm')", '15:30'],
    ["'1767225600000'|date('YYYY')", '2026'],
    ["'2024-02-29'|date('ms')", Date.UTC(2024, 1, 29)],
    ["'2026-01-01T00:30:00Z'|date('YYYY-MM-DD', 'America/New_York')", '2025-12-31'],
    ["'2026-01-01T00:00:00Z'|date('iso', 'Asia/Kolkata')", '2026-01-01T05:30:00.000+05:30'],
    ["'2026-01-01T00:00:00Z'|date('Z')", '+00:00'],
    [
      "'2026-03-29T00:30:00Z'|date('HH:mm', 'Europe/Lisbon') + ' ' + ('2026-03-29T01:30:00Z'|date('HH:mm', 'Europe/Lisbon'))",
      '00:30 02:30',
    ],
    ['now()|addDuration(1000)', '2026-01-02T03:04:06.006Z'],
    ["0|addDuration('1.5s')|date('ms')", 1500],
    ["now()|date('ms') > ('2026-01-01'|date('ms'))", true],
  ])('%s is %j', (expression, result) => {
    expect(value(expression)).toEqual(result);
  });

  test.each([
    "'2026-02-30'|date",
    "'tomorrow'|date",
    "'2026'|date",
    "'2026-13-01'|date",
    "'2026-01-01T25:00'|date",
    "''|date",
    '1e300|date',
    "0|addDuration('soon')",
    "0|addDuration('')",
    "0|date('HH', 'Mars/Base')",
  ])('%s is refused', (expression) => {
    expect(errorIn(expression)).toMatchObject({ code: 'EXPRESSION_VALUE' });
  });

  test('the time zone of the host plays no part', () => {
    const before = process.env.TZ;
    try {
      for (const zone of ['Pacific/Kiritimati', 'America/Los_Angeles']) {
        process.env.TZ = zone;
        expect(value("'2026-01-31T00:00'|date('YYYY-MM-DD HH')")).toBe('2026-01-31 00');
      }
    } finally {
      if (before === undefined) delete process.env.TZ;
      else process.env.TZ = before;
    }
  });
});

describe('encodings', () => {
  test.each<[string, Json]>([
    ['null|json', 'null'],
    ["'a\"b'|json", '"a\\"b"'],
    ['\'[1, {"__proto__": 2}]\'|fromJson|json', '[1,{"__proto__":2}]'],
    ["'null'|fromJson", null],
    ["''|fromYaml", null],
    ["'on: yes'|fromYaml", { on: 'yes' }],
    ["'- &a [1]\\n- *a'|fromYaml", [[1], [1]]],
    ["'größe 😀'|base64|fromBase64", 'größe 😀'],
    ["'4pyT'|fromBase64", '✓'],
    ["'77-_'|fromBase64", '\uffff'],
    ["'a/ü'|urlEncode", 'a%2F%C3%BC'],
    ["''|hash('md5')", 'd41d8cd98f00b204e9800998ecf8427e'],
    ['hash({a: 1, b: [{c: 1, d: 2}]}) == hash({b: [{d: 2, c: 1}], a: 1})', true],
    ["hash('1') == hash(1)", true],
    ["{a: 'x: y', b: [1, null]}|yaml|fromYaml", { a: 'x: y', b: [1, null] }],
  ])('%s is %j', (expression, result) => {
    expect(value(expression)).toEqual(result);
  });

  test.each([
    ["'{a: 1}'|fromJson", 'EXPRESSION_VALUE'],
    ["''|fromJson", 'EXPRESSION_VALUE'],
    ["'a: [1'|fromYaml", 'EXPRESSION_VALUE'],
    ["'a: 1\\n---\\nb: 2'|fromYaml", 'EXPRESSION_VALUE'],
    ["'*missing'|fromYaml", 'EXPRESSION_VALUE'],
    ["'a b!'|fromBase64", 'EXPRESSION_VALUE'],
    ["'/w=='|fromBase64", 'EXPRESSION_VALUE'],
    ["'a'|hash('crc32')", 'EXPRESSION_VALUE'],
    ['{a: 1}|fromJson', 'EXPRESSION_TYPE'],
    ["[1]|json('x')", 'EXPRESSION_TYPE'],
  ])('%s is refused as %s', (expression, code) => {
    expect(errorIn(expression)).toMatchObject({ code });
  });

  test('half a character does not break urlEncode', () => {
    expect(value('x|urlEncode', { x: 'a\ud800' })).toBe('a%EF%BF%BD');
  });

  test('JSON, YAML and base64 come back as they went', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'grapheme' }), (data, text) => {
        const plain: unknown = JSON.parse(JSON.stringify(data));
        expect(value('data|json|fromJson', { data })).toEqual(plain);
        expect(value('data|yaml|fromYaml', { data })).toEqual(plain);
        expect(value('text|base64|fromBase64', { text })).toBe(text);
      }),
      { numRuns: 200 },
    );
  });

  test('aliases cannot make a small text large', () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x, x]',
      ...'bcdefghi'
        .split('')
        .map((name, at) => `${name}: &${name} [${Array(10).fill(`*${'abcdefgh'[at]}`).join(', ')}]`),
    ].join('\n');
    expect(errorIn('bomb|fromYaml', { bomb })).toMatchObject({ code: 'EXPRESSION_VALUE' });
  });
});

describe('paths', () => {
  test.each<[string, Json]>([
    ["'/a/b/'|basename", 'b'],
    ["'/a'|dirname", '/'],
    ["'a'|dirname", '.'],
    ["'/a/b/c'|relative('/a/d')", '../b/c'],
    ["'a/b'|relative('a/b')", '.'],
    ["'./a/../b/c'|relative('b')", 'c'],
  ])('%s is %j', (expression, result) => {
    expect(value(expression)).toEqual(result);
  });

  test.each(["'/a'|relative('b')", "'a'|relative('../b')", "'../a'|relative('b')"])(
    '%s is refused',
    (expression) => {
      expect(errorIn(expression)).toMatchObject({ code: 'EXPRESSION_VALUE' });
    },
  );
});
