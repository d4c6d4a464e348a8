import { describe, expect, test } from 'vitest';
import { onlyProblem, problems } from './problems.ts';

/** A workflow with one input `a`, which is read. */
const input = (spec: string, name = 'a'): string =>
  `name: w\ninputs:\n  ${name}: ${spec}\nsteps:\n  - id: s\n    run: \${{ inputs.${name} }}\n`;

describe('inputs', () => {
  test.each([
    ['string', 'WRONG_TYPE 3:6 inputs.a'],
    ['{}', 'MISSING_FIELD 3:6 inputs.a'],
    ['{ type: text }', 'NOT_ALLOWED_VALUE 3:14 inputs.a.type'],
    ['{ type: string, defualt: x }', 'UNKNOWN_FIELD 3:22 inputs.a.defualt'],
    ['{ type: string, required: true }', 'WRONG_TYPE 3:32 inputs.a.required'],
    ['{ type: string, secret: yes }', 'WRONG_TYPE 3:30 inputs.a.secret'],
    ['{ type: string, values: [] }', 'OUT_OF_RANGE 3:30 inputs.a.values'],
    ['{ type: string, values: a }', 'WRONG_TYPE 3:30 inputs.a.values'],
    ['{ type: integer, minimum: low }', 'BAD_SCHEMA 3:32 inputs.a.minimum'],
    ['{ type: string, pattern: "[" }', 'BAD_SCHEMA 3:31 inputs.a.pattern'],
    ['{ type: array, items: { type: strng } }', 'BAD_SCHEMA 3:36 inputs.a.items.type'],
    ['{ type: string, $ref: "#/nowhere" }', 'BAD_SCHEMA 3:6 inputs.a'],
    ['{ type: integer, default: many }', 'BAD_DEFAULT 3:32 inputs.a.default'],
    ['{ type: string, default: 5 }', 'BAD_DEFAULT 3:31 inputs.a.default'],
    ['{ type: string, default: ~ }', 'BAD_DEFAULT 3:31 inputs.a.default'],
    ['{ type: string, values: [dev, prod], default: staging }', 'BAD_DEFAULT 3:52 inputs.a.default'],
    ['{ type: array, items: { type: integer }, default: [1, x] }', 'BAD_DEFAULT 3:60 inputs.a.default[1]'],
    ['{ type: object, required: [k], default: {} }', 'BAD_DEFAULT 3:46 inputs.a.default'],
    ['{ type: string, format: email, default: x }', 'BAD_DEFAULT 3:46 inputs.a.default'],
    ['{ type: string, default: "${{ env.X }}" }', 'TEMPLATE_NOT_ALLOWED 3:31 inputs.a.default'],
    ['{ type: integer, values: [1, two] }', 'BAD_VALUE 3:35 inputs.a.values[1]'],
    ['{ type: string, secret: true, default: x }', '~SECRET_DEFAULT 3:45 inputs.a.default'],
  ])('%s is %s', (spec, expected) => {
    expect(problems(input(spec))).toEqual([expected]);
  });

  test.each([
    '{ type: string }',
    '{ type: string, values: [dev, prod], default: dev, description: Where }',
    '{ type: array, items: { type: string }, default: [], maxItems: 3, uniqueItems: true }',
    '{ type: object, properties: { a: { type: integer } }, additionalProperties: false, default: { a: 1 } }',
    '{ type: string, pattern: "^v[0-9]+$", minLength: 2, default: v1 }',
    '{ type: string, format: date-time }',
    '{ type: number, minimum: 0, maximum: 1, default: 0.5 }',
    '{ type: integer, multipleOf: 5, default: 10 }',
    '{ type: string, oneOf: [{ const: a }, { const: b }], default: a }',
    '{ type: string, secret: true }',
  ])('%s is fine', (spec) => {
    expect(problems(input(spec))).toEqual([]);
  });

  test('a name that reads as a subtraction is refused', () => {
    const source = 'name: w\ninputs: { my-key: { type: string } }\nsteps:\n  - { id: a, run: x }\n';
    expect(problems(source)).toEqual(['BAD_ID 2:11 inputs.my-key', '~UNUSED_INPUT 2:11 inputs.my-key']);
  });

  test('a reserved name is refused', () => {
    const source = 'name: w\ninputs: { toString: { type: string } }\nsteps:\n  - { id: a, run: x }\n';
    expect(problems(source)).toContain('RESERVED_NAME 2:11 inputs.toString');
  });

  test('the short form gets the long form as a hint', () => {
    expect(onlyProblem(input('string')).hint).toBe('write "a: { type: string }"');
  });

  test('an input no expression reads is a warning, unless inputs are read as a whole or by a computed name', () => {
    const unused = (run: string): string[] =>
      problems(
        `name: w\ninputs: { a: { type: string }, b: { type: string } }\nsteps:\n  - id: s\n    run: ${run}\n`,
      );
    expect(unused('${{ inputs.a }}')).toEqual(['~UNUSED_INPUT 2:32 inputs.b']);
    expect(unused('${{ inputs|json }}')).toEqual([]);
    expect(unused('${{ inputs[run.name] }}')).toEqual([]);
  });
});
