/** Whether metadata fit a filter: values by equality, lists as "one of". */
import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject } from '../../kernel/json.ts';
import type { MemoryFilter } from '../memory-port.ts';

/** Metadata that are lists fit when they hold one of the values asked for. */
export function fits(metadata: JsonObject, filter: MemoryFilter): boolean {
  return Object.entries(filter).every(([key, wanted]) => {
    if (!Object.hasOwn(metadata, key)) return false;
    const found = listOf(metadata[key] ?? null);
    return listOf(wanted).some((one) => found.some((value) => isDeepStrictEqual(value, one)));
  });
}

const listOf = (value: Json): readonly Json[] => (Array.isArray(value) ? value : [value]);
