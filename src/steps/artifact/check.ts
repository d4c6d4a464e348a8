/** Which fields go with which operation. */
import type { KindSpec } from '#compiler';
import { ARTIFACT_OPS } from './schema.ts';

type Op = (typeof ARTIFACT_OPS)[number];

const FIELDS: Record<Op, readonly string[]> = {
  upload: ['name', 'paths', 'path', 'overwrite', 'ifNone', 'hidden', 'secrets', 'allowOutsideCwd'],
  download: ['name', 'path', 'run', 'allowOutsideCwd'],
  list: ['name', 'run'],
};
const NEEDED: Record<Op, readonly string[]> = {
  upload: ['name', 'paths'],
  download: ['name', 'path'],
  list: [],
};

export const checkArtifact: NonNullable<KindSpec['check']> = (written, computed) => {
  const op = ARTIFACT_OPS.find((known) => known === written.op);
  if (op === undefined || computed.has('op')) return undefined;
  const stray = Object.keys(written).find((field) => field !== 'op' && !FIELDS[op].includes(field));
  if (stray !== undefined)
    return {
      field: stray,
      message: `"${stray}" has no meaning for op: ${op}; it takes ${FIELDS[op].join(', ')}`,
    };
  const missing = NEEDED[op].find((field) => !Object.hasOwn(written, field));
  return missing === undefined ? undefined : { field: 'op', message: `op: ${op} needs "${missing}"` };
};
