import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import formatsPlugin from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { workflowJsonSchema } from '../../../compiler/check/language/published-schema.ts';
import { compile } from '../../../compiler/compile.ts';
import { generatedFiles } from '../../../scripts/generate.ts';
import { builtinCatalog } from '../../../src/steps/catalog.ts';
import { problems, withStep } from './problems.ts';
import { testCatalog } from './test-catalog.ts';

const ROOT = join(import.meta.dirname, '../../..');

const validatorFor = (catalog: Parameters<typeof workflowJsonSchema>[0]) => {
  const ajv = new Ajv({ strict: false, allErrors: true });
  formatsPlugin.default(ajv);
  return ajv.compile(workflowJsonSchema(catalog));
};

describe('the schema for editors', () => {
  const builtin = validatorFor(builtinCatalog);
  const own = validatorFor(testCatalog);
  const fits = (source: string): boolean => own(parse(source, { merge: true }));

  const examples = ['examples', 'examples/steps'].flatMap((folder) =>
    readdirSync(join(ROOT, folder)).flatMap((name) => (name.endsWith('.yaml') ? [`${folder}/${name}`] : [])),
  );

  test.each(examples)('%s fits it and compiles without a problem', (path) => {
    const source = readFileSync(join(ROOT, path), 'utf8');
    builtin(parse(source, { merge: true }));
    expect(builtin.errors ?? []).toEqual([]);
    expect(compile(source, { catalog: builtinCatalog, pools: [] })).toMatchObject({
      ok: true,
      diagnostics: [],
    });
  });

  test.each([
    withStep('run: x'),
    withStep(
      'type: file',
      'op: ${{ run.id }}',
      'path: p',
      'mode: ${{ run.id }}',
      'options: { force: "${{ run.id }}", x-y: 1 }',
    ),
    withStep('type: file', 'op: read', 'path: p', 'options: ${{ run.id }}'),
    withStep(
      'run: x',
      'timeout: 5m',
      'retry: { count: 2, baseDelay: 100, on: error.code }',
      'if: true',
      'needs: []',
      'x-note: 1',
    ),
    withStep(
      'run: x',
      'strategy: { matrix: { os: [a], v: "${{ run.name|split }}", include: [{ os: b }] } }',
      'concurrency: "${{ run.attempt }}"',
    ),
    withStep('run: x', 'compensate: { run: y, timeout: 1s }'),
    'name: w\nx-a: 1\nconcurrency: "${{ run.attempt }}"\npools: { a: 1, b: { limit: 2 } }\nenv: { A: 1, B: "${{ run.id }}" }\nsteps:\n  - { id: a, run: x }\nerrors: []\ncompensate: { run: x }\n',
  ])('what the compiler accepts, it accepts: %j', (source) => {
    expect(problems(source)).toEqual([]);
    expect(fits(source)).toBe(true);
  });

  test.each([
    'name: W\nsteps: [{ id: a, run: x }]\n',
    'name: w\n',
    'name: w\nsteps: []\n',
    'name: w\nnope: 1\nsteps: [{ id: a, run: x }]\n',
    'name: w\ninputs: { a: { tpye: string } }\nsteps: [{ id: a, run: "${{ inputs.a }}" }]\n',
    'name: w\ntimeout: "${{ run.id }}"\nsteps: [{ id: a, run: x }]\n',
    'name: w\nsteps: [{ run: x }]\n',
    withStep('dir: x'),
    withStep('type: shel'),
    withStep('run: x', 'tiemout: 5m'),
    withStep('run: x', 'timeout: soon'),
    withStep('run: x', 'args: [y]'),
    withStep('run: x', 'retry: { cout: 2 }'),
    withStep('run: x', 'parse: xml'),
    withStep('run: x', 'compensate: { run: y, needs: a }'),
    withStep('run: x', 'compensate: { nope: y }'),
    withStep('type: file', 'op: read'),
    withStep('type: file', 'op: read', 'path: p', 'options: { forse: true }'),
    withStep('type: file', 'op: read', 'path: p', 'mode: 1000'),
    withStep('run: x', 'env: { 1A: x }'),
    withStep('run: x', 'priority: high'),
    withStep('run: x', 'retry: { count: "${{ 1 }}" }'),
  ])('what the compiler refuses for its shape, it refuses: %j', (source) => {
    expect(problems(source)).not.toEqual([]);
    expect(fits(source)).toBe(false);
  });

  test('every field has a description for editors to show, and none of the compiler’s own notes is left', () => {
    const text = JSON.stringify(workflowJsonSchema(builtinCatalog));
    expect(text).not.toContain('x-keystone');
    const { properties, definitions } = workflowJsonSchema(builtinCatalog) as never as {
      properties: Record<string, { description?: string }>;
      definitions: { fields: { properties: Record<string, { description?: string }> } };
    };
    for (const [name, field] of [
      ...Object.entries(properties),
      ...Object.entries(definitions.fields.properties),
    ]) {
      expect(field.description, name).toMatch(/\.$/);
    }
  });
});

test.each(['schemas/workflow.schema.json', 'docs/workflow.md'])(
  '%s is up to date (npm run generate writes it)',
  (path) => {
    expect(readFileSync(join(ROOT, path), 'utf8')).toBe(generatedFiles(ROOT).get(path));
  },
);
