/** The configuration's leaves as a flat table, and the keys that are planned but not honoured yet. */
import type { TSchema } from '@sinclair/typebox';
import { configSchema } from './schema.ts';

export interface ConfigKey {
  /** Dotted: `storage.path`. */
  key: string;
  schema: TSchema;
  /** The environment variable that overrides it: `KEYSTONE_STORAGE_PATH`. */
  variable: string;
  /** For a mapping whose names the user chooses: what names and values may be. Its settings are `<key>.<name>`, merged name by name. */
  entries?: { pattern: string; schema: TSchema };
}

function isGroup(schema: TSchema): schema is TSchema & { properties: Record<string, TSchema> } {
  return schema.type === 'object' && schema.properties !== undefined;
}

function leavesOf(schema: TSchema, prefix: string): ConfigKey[] {
  if (!isGroup(schema)) return [{ key: prefix, schema, variable: variableOf(prefix), ...entriesOf(schema) }];
  return Object.entries(schema.properties).flatMap(([name, inner]) =>
    leavesOf(inner, prefix === '' ? name : `${prefix}.${name}`),
  );
}

function entriesOf(schema: TSchema): Pick<ConfigKey, 'entries'> {
  const found = Object.entries<TSchema>(schema.patternProperties ?? {})[0];
  return found === undefined ? {} : { entries: { pattern: found[0], schema: found[1] } };
}

function variableOf(key: string): string {
  const words = key.replaceAll('.', '_').replaceAll(/([a-z])([A-Z])/g, '$1_$2');
  return `KEYSTONE_${words.toUpperCase()}`;
}

/** Every key of the schema, in its order. */
export const CONFIG_KEYS: readonly ConfigKey[] = leavesOf(configSchema, '');

/** Keys of the configuration page that belong to parts which are not built yet: refused, never ignored. */
export const PLANNED_KEYS: ReadonlySet<string> = new Set([
  'routing',
  'budgets',
  'llm_cache',
  'mcp_servers',
  'telemetry',
  'daemon',
  'features',
]);
