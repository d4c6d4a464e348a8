import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../../compiler/json.ts';
import { schemaProblems, validateValue } from '../../../compiler/schema.ts';
import { accepts, isPlainlyValidSchema } from '../../../compiler/schema-quick.ts';

describe('validateValue', () => {
  test.each<[JsonObject, Json, { path: string; message: string }[]]>([
    [{ type: 'string' }, 'a', []],
    [{ type: 'string' }, 5, [{ path: '', message: 'must be string' }]],
    [
      { type: 'object', properties: { a: { type: 'array', items: { type: 'integer' } } } },
      { a: [1, 'x', 2.5] },
      [
        { path: 'a[1]', message: 'must be integer' },
        { path: 'a[2]', message: 'must be integer' },
      ],
    ],
    [
      { required: ['a', 'b'] },
      {},
      [
        { path: '', message: 'must have the property "a"' },
        { path: '', message: 'must have the property "b"' },
      ],
    ],
    [
      { additionalProperties: false, properties: { a: {} } },
      { 'b c': 1 },
      [{ path: '', message: 'must not have the property "b c"' }],
    ],
    [
      { properties: { 'b/c~': { enum: ['x', 1] } } },
      { 'b/c~': 2 },
      [{ path: '["b/c~"]', message: 'must be one of "x", 1' }],
    ],
    [{ format: 'date-time' }, 'yesterday', [{ path: '', message: 'must match format "date-time"' }]],
    [{ format: 'email' }, 'a@b.c', []],
    [{ $ref: '#/$defs/n', $defs: { n: { type: 'number' } } }, 'x', [{ path: '', message: 'must be number' }]],
    [
      { unevaluatedProperties: false, properties: { a: {} } },
      { z: 1 },
      [{ path: '', message: 'must not have the property "z"' }],
    ],
  ])('%j with %j', (schema, value, expected) => {
    expect(validateValue(schema, value)).toEqual(expected);
  });

  test('true allows everything and false nothing', () => {
    expect(validateValue(true, null)).toEqual([]);
    expect(validateValue(false, null)).toEqual([{ path: '', message: 'is not allowed' }]);
  });

  test('schemas with the same $id do not get in each other’s way', () => {
    expect(validateValue({ $id: 'https://x.test/s', type: 'string', not: {} }, 1)).not.toEqual([]);
    expect(validateValue({ $id: 'https://x.test/s', type: 'number', not: { const: 2 } }, 1)).toEqual([]);
  });
});

describe('schemaProblems', () => {
  test('points at the keyword', () => {
    expect(schemaProblems({ properties: { a: { type: 'strng' } } })).toEqual([
      { keys: ['properties', 'a', 'type'], message: expect.stringContaining('must be one of') },
    ]);
    expect(schemaProblems({ items: { pattern: '(' } })[0]?.keys).toEqual(['items', 'pattern']);
    expect(schemaProblems({ $ref: '#/no' })[0]?.message).toContain("can't resolve reference");
    expect(schemaProblems('text')).toEqual([{ keys: [], message: 'must be a map, true or false' }]);
  });

  test('finds nothing in valid schemas', () => {
    for (const schema of [
      true,
      {},
      { type: ['string', 'null'], 'x-own': 1, unknown: [] },
      { allOf: [{ $ref: '#/$defs/a' }], $defs: { a: {} } },
    ]) {
      expect(schemaProblems(schema)).toEqual([]);
    }
  });
});

describe('the quick answers never contradict the library', () => {
  const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false });
  const key = fc.constantFrom('a', 'b', 'x-c', '__proto__', 'constructor');
  const leaf = fc.oneof(
    fc.constantFrom<Json>(null, true, 0, 1, 1.5, -1, '', 'a', 'abc', '😀', '😀😀'),
    fc.integer({ min: -3, max: 5 }),
  );
  const json = fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 2, withCrossShrink: true },
      leaf,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(key, tie('value'), { maxKeys: 3 }) as fc.Arbitrary<JsonObject>,
    ),
  })).value;
  const schema = fc.letrec<{ schema: JsonObject | boolean }>((tie) => {
    const sub = tie('schema');
    const type = fc.constantFrom('string', 'number', 'integer', 'boolean', 'array', 'object', 'null');
    const count = fc.integer({ min: 0, max: 3 });
    return {
      schema: fc.oneof(
        { maxDepth: 2 },
        fc.boolean(),
        fc.record(
          {
            type: fc.oneof(type, fc.uniqueArray(type, { minLength: 1, maxLength: 2 })),
            enum: fc.uniqueArray(leaf, { minLength: 1, maxLength: 3 }),
            const: json,
            minimum: count,
            exclusiveMaximum: count,
            multipleOf: fc.constantFrom(2, 3),
            minLength: count,
            maxLength: count,
            pattern: fc.constantFrom('^a', 'c$', '.'),
            minProperties: count,
            maxProperties: count,
            format: fc.constantFrom('email', 'nonsense'),
            minItems: count,
            maxItems: count,
            uniqueItems: fc.boolean(),
            items: sub,
            properties: fc.dictionary(key, sub, { maxKeys: 2 }),
            patternProperties: fc.dictionary(fc.constantFrom('^a', '^x-'), sub, { maxKeys: 2 }),
            additionalProperties: sub,
            required: fc.uniqueArray(key, { maxLength: 2 }),
            anyOf: fc.array(sub, { minLength: 1, maxLength: 2 }),
            allOf: fc.array(sub, { minLength: 1, maxLength: 2 }),
            oneOf: fc.array(fc.record({ required: fc.uniqueArray(key, { minLength: 1, maxLength: 2 }) }), {
              minLength: 1,
              maxLength: 2,
            }),
            not: sub,
            description: fc.constant('d'),
          },
          { requiredKeys: [] },
        ) as fc.Arbitrary<JsonObject>,
      ),
    };
  }).schema;

  test('a value accepted at once is accepted by the library', () => {
    let quick = 0;
    fc.assert(
      fc.property(schema, fc.array(json, { minLength: 5, maxLength: 10 }), (made, values) => {
        const validate = ajv.compile(made);
        for (const value of values) {
          if (!accepts(made, value)) continue;
          quick++;
          expect(validate(value)).toBe(true);
        }
        if (typeof made === 'object') ajv.removeSchema(made);
      }),
      { numRuns: 150 },
    );
    expect(quick).toBeGreaterThan(20);
  });

  test('a schema called valid at once is valid to the library', () => {
    const broken = fc
      .tuple(
        schema,
        fc.constantFrom('type', 'enum', 'pattern', 'required', 'items', 'minLength', 'anyOf', 'properties'),
        json,
      )
      .map(([made, keyword, operand]) => (typeof made === 'object' ? { ...made, [keyword]: operand } : made));
    let quick = 0;
    fc.assert(
      fc.property(fc.oneof(schema, broken), (made) => {
        if (!isPlainlyValidSchema(made)) return;
        quick++;
        expect(ajv.validateSchema(made)).toBe(true);
        ajv.compile(made);
        if (typeof made === 'object') ajv.removeSchema(made);
      }),
      { numRuns: 200 },
    );
    expect(quick).toBeGreaterThan(20);
  });
});
