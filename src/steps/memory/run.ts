/** Stores, finds and forgets through the memory service. */
import type { Static } from '@sinclair/typebox';
import { StepFailure } from '../../kernel/failure.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { StepContext, StepResult } from '../define.ts';
import type { memorySchema } from './schema.ts';

export type MemoryFields = Static<typeof memorySchema>;

const DEFAULT_LIMIT = 5;

/** @throws {StepFailure} FIELD_MISSING, and those of the memory service. */
export async function runMemory(fields: MemoryFields, ctx: StepContext): Promise<StepResult> {
  const { memory } = ctx.services;
  const { op, scope, model } = fields;
  const request = { signal: ctx.signal, ...(scope && { scope }) };
  const by = model === undefined ? {} : { model };
  switch (op) {
    case 'store': {
      const text = needed(fields, 'text');
      const metadata = (fields.metadata ?? {}) as JsonObject;
      return { output: await memory.store({ ...request, ...by, text, metadata }) };
    }
    case 'search': {
      const { limit = DEFAULT_LIMIT } = fields;
      const query = needed(fields, 'query');
      const filter = (fields.filter ?? {}) as JsonObject;
      const matches = await memory.search({ ...request, ...by, query, filter, limit });
      return { output: { matches: matches.map((match) => ({ ...match })) } };
    }
    case 'forget':
      return { output: { forgotten: await memory.forget({ ...request, which: whichOf(fields) }) } };
    default:
      return op satisfies never;
  }
}

function needed(fields: MemoryFields, name: 'text' | 'query'): string {
  const value = fields[name];
  if (value === undefined) throw new StepFailure('FIELD_MISSING', `memory ${fields.op} needs "${name}"`);
  return value;
}

/** Forgetting everything is never what a forgotten field means. */
function whichOf({ ids, filter }: MemoryFields): { ids: readonly string[] } | { filter: JsonObject } {
  if (ids !== undefined) return { ids: typeof ids === 'string' ? [ids] : ids };
  if (filter !== undefined) return { filter: filter as JsonObject };
  throw new StepFailure(
    'FIELD_MISSING',
    'memory forget needs "ids" or "filter"; filter: {} forgets everything',
  );
}
