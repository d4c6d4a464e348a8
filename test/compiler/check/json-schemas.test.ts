import { describe, expect, test } from 'vitest';
import { onlyProblem, problems, withStep } from './problems.ts';

describe('JSON Schemas of the author', () => {
  test.each([
    ['{ type: objct }', 'BAD_SCHEMA 5:27 steps[0].outputSchema.type'],
    ['{ type: object, properties: [a] }', 'BAD_SCHEMA 5:47 steps[0].outputSchema.properties'],
    ['{ properties: { n: { minimum: "1" } } }', 'BAD_SCHEMA 5:49 steps[0].outputSchema.properties.n.minimum'],
    ['{ $ref: "#/$defs/none" }', 'BAD_SCHEMA 5:19 steps[0].outputSchema'],
    ['{ type: string, pattern: "(" }', 'BAD_SCHEMA 5:44 steps[0].outputSchema.pattern'],
    ['{ enum: [] }', 'BAD_SCHEMA 5:19 steps[0].outputSchema'],
    ['{ required: name }', 'BAD_SCHEMA 5:31 steps[0].outputSchema.required'],
  ])('%s is %s', (schema, expected) => {
    expect(problems(withStep('run: x', `outputSchema: ${schema}`))).toEqual([expected]);
  });

  test.each([
    'true',
    '{}',
    '{ type: object, properties: { a: { $ref: "#/$defs/b" } }, $defs: { b: { type: string } } }',
    '{ type: [string, "null"] }',
    '{ unknownKeyword: 1 }',
  ])('%s is fine', (schema) => {
    expect(problems(withStep('run: x', `outputSchema: ${schema}`))).toEqual([]);
  });

  test('inputSchema and the schema of the outputs are checked too', () => {
    expect(onlyProblem(withStep('run: x', 'inputSchema: { type: 5 }')).path).toBe(
      'steps[0].inputSchema.type',
    );
    expect(problems('name: w\noutputSchema: { type: 5 }\nsteps:\n  - { id: a, run: x }\n')).toEqual([
      'BAD_SCHEMA 2:23 outputSchema.type',
    ]);
  });
});
