/** Which fields go with which operation. */
import type { KindSpec } from '#compiler';
import { MEMORY_OPS } from './schema.ts';

type Op = (typeof MEMORY_OPS)[number];

const FIELDS: Record<Op, readonly string[]> = {
  store: ['text', 'metadata', 'model', 'scope'],
  search: ['query', 'filter', 'limit', 'model', 'scope'],
  forget: ['ids', 'filter', 'scope'],
};
const NEEDED: Record<Op, readonly string[]> = {
  store: ['text'],
  search: ['query'],
  forget: ['ids', 'filter'],
};

export const checkMemory: NonNullable<KindSpec['check']> = (written, computed) => {
  const op = MEMORY_OPS.find((known) => known === written.op);
  if (op === undefined || computed.has('op')) return undefined;
  const stray = Object.keys(written).find((field) => field !== 'op' && !FIELDS[op].includes(field));
  if (stray !== undefined)
    return {
      field: stray,
      message: `"${stray}" has no meaning for op: ${op}; it takes ${FIELDS[op].join(', ')}`,
    };
  if (NEEDED[op].some((field) => Object.hasOwn(written, field))) return undefined;
  const hint = op === 'forget' ? '; filter: {} forgets everything' : '';
  return {
    field: 'op',
    message: `op: ${op} needs ${NEEDED[op].map((name) => `"${name}"`).join(' or ')}${hint}`,
  };
};
