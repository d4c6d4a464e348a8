/** The blobs a value refers to, so that they stay as long as it does. */
import type { RunBatch } from './port.ts';

/** Addresses of all references, `{ blob: <sha256>, … }`, anywhere in JSON values. */
export function blobsIn(...values: readonly unknown[]): Set<string> {
  const found = new Set<string>();
  for (const value of values) visit(value, found);
  return found;
}

function visit(value: unknown, found: Set<string>): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const each of value) visit(each, found);
    return;
  }
  if ('blob' in value && typeof value.blob === 'string' && /^[0-9a-f]{64}$/.test(value.blob))
    found.add(value.blob);
  for (const each of Object.values(value)) visit(each, found);
}

/** What comes from other runs, too: outputs of children, results that are used again, inputs. */
export function blobsOfBatch({ create, run, steps = [], notes = [] }: RunBatch): Set<string> {
  const values = steps.flatMap(({ output, raw, fanOut }) => [output, raw, fanOut]);
  return blobsIn(values, create?.inputs, run?.inputs, run?.outputs, notes);
}
