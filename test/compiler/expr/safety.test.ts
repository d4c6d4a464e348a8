/** Whatever the text and whatever the data: JSON or an ExpressionError, own properties only, nothing changed. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ExpressionError, referencesOf, usesStatusFunction } from '../../../compiler/expr/index.ts';
import { TRANSFORMS } from '../../../compiler/expr/transforms/index.ts';
import { options, render, scope, value } from './scope.ts';

const TRANSFORM_NAMES = [...TRANSFORMS.keys()];

/** Pieces of expressions in any order: far more likely to get past the parser than characters are. */
const soup = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'inputs',
        'steps',
        'env',
        'build',
        'output',
        'name',
        'tags',
        'constructor',
        '__proto__',
        'toString',
        'length',
        'in',
        'null',
        'true',
      ),
      fc.constantFrom(
        '.',
        '.',
        '[',
        ']',
        '(',
        ')',
        '{',
        '}',
        ',',
        ':',
        '?',
        '|',
        '!',
        '-',
        '+',
        '*',
        '//',
        '%',
        '^',
        '==',
        '<',
        '&&',
        '||',
      ),
      fc.constantFrom(
        '1',
        '-2',
        '0.5',
        "'a'",
        '"name"',
        '[1, 2]',
        '{a: 1}',
        '[.a == 1]',
        '[0]',
        ' ',
        '=>',
        '===',
        '`',
        '\\',
        'é',
        '\u0000',
      ),
      fc.constantFrom(
        ...TRANSFORM_NAMES.map((name) => `|${name}`),
        ...TRANSFORM_NAMES.map((name) => `${name}(`),
      ),
    ),
    { maxLength: 25 },
  )
  .map((pieces) => pieces.join(''));

/** Expressions that parse, over every operator and transform. */
const wellFormed = fc.letrec((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'expression' },
    fc.constantFrom(
      'inputs.name',
      'inputs.tags',
      'inputs.count',
      'inputs.nothing',
      'steps.build.output',
      'steps.build',
      'x',
      'env.HOME',
    ),
    fc.constantFrom(
      '1',
      '0',
      '-3',
      "'a,b'",
      "''",
      'null',
      'true',
      '[]',
      '{}',
      '[{a: 1}, {a: null}]',
      "'2026-01-01'",
      '1e21',
      "'a+'",
    ),
    fc
      .tuple(
        tie('expression'),
        fc.constantFrom('+', '-', '*', '/', '//', '%', '^', '==', '!=', '<', '>=', '&&', '||', 'in'),
        tie('expression'),
      )
      .map(([a, o, b]) => `(${a} ${o} ${b})`),
    fc
      .tuple(tie('expression'), tie('expression'), tie('expression'))
      .map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `(${a})[${b}]`),
    fc
      .tuple(tie('expression'), fc.constantFrom('.a', '.', '.name', '.a.b'))
      .map(([a, b]) => `(${a})[${b} == 1]`),
    tie('expression').map((a) => `!(${a})`),
    tie('expression').map((a) => `(${a}).name`),
    fc
      .tuple(fc.constantFrom(...TRANSFORM_NAMES), fc.array(tie('expression'), { maxLength: 3 }))
      .map(([name, args]) => `${name}(${args.join(', ')})`),
  ),
})).expression as fc.Arbitrary<string>;

function jsonOrExpressionError(body: () => unknown): void {
  let result: unknown;
  try {
    result = body();
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    expect(error.offset).toBeGreaterThanOrEqual(0);
    expect(error.offset).toBeLessThanOrEqual(error.expression.length);
    expect(error.message).not.toBe('');
    return;
  }
  const text = JSON.stringify(result);
  expect(text).toBeTypeOf('string');
  expect(JSON.parse(text)).toEqual(withoutMinusZero(result));
}

/** JSON has no -0. */
function withoutMinusZero(json: unknown): unknown {
  return JSON.parse(JSON.stringify(json), (_key, item: unknown) => (item === 0 ? 0 : item));
}

describe('no text throws anything but an ExpressionError', () => {
  test('any characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        jsonOrExpressionError(() => value(text));
        jsonOrExpressionError(() => render(text));
        jsonOrExpressionError(() => render(`a \${{${text}}} b`));
      }),
      { numRuns: 400 },
    );
  });

  test('pieces of expressions in any order', () => {
    fc.assert(
      fc.property(soup, (text) => {
        jsonOrExpressionError(() => value(text));
        jsonOrExpressionError(() => referencesOf(text, { expression: true }).length);
        jsonOrExpressionError(() => usesStatusFunction(text));
      }),
      { numRuns: 1000 },
    );
  });

  test('every operator and transform over every type of value', () => {
    fc.assert(
      fc.property(wellFormed, fc.jsonValue({ maxDepth: 3 }), (text, x) => {
        jsonOrExpressionError(() => value(text, { ...scope, x }));
      }),
      { numRuns: 1000 },
    );
  });

  test('every transform over any values', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...TRANSFORM_NAMES),
        fc.array(fc.jsonValue({ maxDepth: 2 }), { maxLength: 4 }),
        (name, args) => {
          const names = args.map((_arg, at) => `v${at}`);
          const over = Object.fromEntries(args.map((arg, at) => [`v${at}`, arg]));
          jsonOrExpressionError(() => value(`${name}(${names.join(', ')})`, over));
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('only own properties are read', () => {
  const inherited = [Object, Array, String, Number, Boolean, Function, Date, Map, Promise].flatMap(
    ({ prototype }) => [...Object.getOwnPropertyNames(prototype), 'polluted'],
  );
  class Thing {
    own = 1;
    get secret(): string {
      return 'leaked';
    }
    method(): string {
      return 'leaked';
    }
  }
  const over = {
    o: {},
    a: [],
    s: 'text',
    n: 1,
    b: true,
    thing: new Thing(),
    nil: null,
    made: Object.create({ secret: 'leaked', deep: { x: 1 } }),
  };

  test('for every inherited name, written out or computed, on every type of value', () => {
    Object.defineProperty(Object.prototype, 'polluted', { value: 'leaked', configurable: true });
    try {
      for (const key of [...inherited, 'secret', 'method', 'deep']) {
        for (const name of Object.keys(over)) {
          const forms = [
            `${name}[key]`,
            `${name}[key]|default(null)`,
            `[${name}][.[key]]`,
            `[${name}]|map(key)`,
            `[${name}]|where(key)`,
            `{x: ${name}}.x[key]`,
          ];
          if (/^[A-Za-z_]\w*$/.test(key))
            forms.push(`${name}.${key}`, `[${name}][.${key}]`, `${name}["${key}"]`);
          for (const form of forms) {
            let result: unknown;
            try {
              result = value(form, { ...over, key });
            } catch (error) {
              expect(error).toBeInstanceOf(ExpressionError);
              continue;
            }
            expect([null, '[]', '[null]']).toContain(result === null ? null : JSON.stringify(result));
          }
        }
        // As the first name of a path.
        if (/^[A-Za-z_]\w*$/.test(key)) expect(() => value(key, over)).toThrow(ExpressionError);
      }
    } finally {
      Reflect.deleteProperty(Object.prototype, 'polluted');
    }
  });

  test('keys and in look at own properties', () => {
    expect(value('made|keys', over)).toEqual([]);
    expect(value("'secret' in made || made|contains('deep')", over)).toBe(false);
    expect(value('thing', over)).toEqual({ own: 1 });
    expect(value('made == {}', over)).toBe(true);
  });

  test('a scope without own names has none', () => {
    expect(() => value('secret', Object.create({ secret: 1 }))).toThrow(ExpressionError);
  });
});

describe('evaluation is pure', () => {
  test('a frozen scope is enough for every transform, and gives the same twice', () => {
    const frozen = deepFreeze(structuredClone(scope));
    fc.assert(
      fc.property(wellFormed, (text) => {
        const run = (): string => {
          try {
            return JSON.stringify(value(text, frozen));
          } catch (error) {
            if (!(error instanceof ExpressionError)) throw error;
            return `${error.code} ${error.offset} ${error.message}`;
          }
        };
        expect(run()).toBe(run());
      }),
      { numRuns: 1000 },
    );
  });

  test('the clock and random numbers come from the hooks alone', () => {
    const calls: string[] = [];
    const hooks = {
      now: () => calls.push('now'),
      uuid: () => `${calls.push('uuid')}`,
    };
    expect(value('[now(), uuid(), uuid()]', {}, { ...options, hooks })).toEqual([
      '1970-01-01T00:00:00.001Z',
      '2',
      '3',
    ]);
    expect(calls).toEqual(['now', 'uuid', 'uuid']);
  });

  test('messages never show part of a value, because half a secret cannot be redacted', () => {
    const secret = 'hunter2-hunter2-hunter2';
    const over = { secrets: { token: secret }, o: {}, list: [secret] };
    const forms = TRANSFORM_NAMES.flatMap((name) => [
      `${name}(secrets.token)`,
      `${name}(secrets.token, secrets.token)`,
      `${name}(1, secrets.token)`,
      `${name}(list, 'x', secrets.token)`,
      `${name}(1, 2, secrets.token)`,
    ]);
    for (const form of [
      ...forms,
      'secrets.token.x',
      'secrets.token * 2',
      '[] + secrets.token',
      'secrets.token < 1',
      'secrets.token[.x]',
    ]) {
      try {
        value(form, over);
      } catch (error) {
        expect(error).toBeInstanceOf(ExpressionError);
        const { message, hint = '' } = error as ExpressionError;
        expect(`${message} ${hint}`).not.toContain('hunter');
      }
    }
  });
});

function deepFreeze<Value>(data: Value): Value {
  if (typeof data === 'object' && data !== null) {
    for (const item of Object.values(data)) deepFreeze(item);
    Object.freeze(data);
  }
  return data;
}
