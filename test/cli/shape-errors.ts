/** Checks real output against the published JSON shapes. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { JSON_SHAPES } from '../../src/cli/json-shapes.ts';

/** Everything in which `value` differs from `schemas/cli/<name>.schema.json`; empty when it fits. */
export function shapeErrors(name: string, value: unknown): string[] {
  const schema = JSON_SHAPES[name];
  if (schema === undefined) throw new Error(`no shape ${name}`);
  const ajv = new Ajv2020({ allErrors: true });
  if (ajv.validate(JSON.parse(JSON.stringify(schema)), value)) return [];
  return (ajv.errors ?? []).map(
    (error) => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`,
  );
}
