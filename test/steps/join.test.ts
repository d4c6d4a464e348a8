/** The join kind is interpreted by the statechart; here is what its fields may say. */
import { Value } from '@sinclair/typebox/value';
import { describe, expect, it } from 'vitest';
import { compile } from '../../compiler/compile.ts';
import { builtinCatalog } from '../../src/steps/catalog.ts';
import { join } from '../../src/steps/join/index.ts';
import { runExample } from './run-example.ts';

describe('the fields of a join', () => {
  it.each(['all', 'any', 1, 3, '3', '60%', '100%', '33.3%'])('accept the condition %s', (condition) => {
    expect(Value.Check(join.schema.properties.condition, condition)).toBe(true);
  });

  it.each(['none', 0, -1, 1.5, '%', true])('refuse the condition %s', (condition) => {
    expect(Value.Check(join.schema.properties.condition, condition)).toBe(false);
  });

  it.each(['"200%"', '"0%"', 'most', '0', '3', '"3"'])(
    'get one message for the condition %s',
    (condition) => {
      const source = `name: w\nsteps:\n  - { id: a, run: x }\n  - { id: j, type: join, needs: a, condition: ${condition} }\n`;
      const { diagnostics } = compile(source, { catalog: builtinCatalog });
      expect(diagnostics.map(({ code, path }) => `${code} ${path}`)).toEqual(['BAD_JOIN steps[1].condition']);
    },
  );

  it('have a time-out with a choice of what happens then', () => {
    expect(Object.keys(join.schema.properties)).toEqual(['condition', 'timeout', 'onTimeout', 'cancelRest']);
    expect(Value.Check(join.schema.properties.onTimeout, 'partial')).toBe(true);
    expect(Value.Check(join.schema.properties.onTimeout, 'skip')).toBe(false);
  });

  it('are all optional', () => {
    expect(join.schema.required ?? []).toEqual([]);
    expect(join.describe?.({})).toBe('join all');
  });
});

it('goes on with what is enough in its example', async () => {
  const run = await runExample('join');
  expect(run).toMatchObject({
    status: 'success',
    outputs: { answered: { near: 'near' }, enough: 2 },
    steps: { far: { status: 'canceled' }, broken: { outcome: 'failed' } },
  });
});
