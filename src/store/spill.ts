/** Large JSON values live in the blob store, and the row holds their address: `@<sha256>`, which no JSON text begins with. */

import { StoreError } from './errors.ts';
import type { BlobStore } from './port.ts';

/** Values whose JSON text is longer than this leave the row. */
export const SPILL_BYTES = 64 * 1024;

const ADDRESS = /^@([0-9a-f]{64})$/;

/** Who keeps the blob, and from what size on there is one. */
export interface SpillOptions {
  holder: string;
  thresholdBytes: number;
}

/** Text for the row; writes the blob first when the value is too large. `null` for no value. */
export function spill(
  value: unknown,
  blobs: BlobStore,
  { holder, thresholdBytes }: SpillOptions,
): string | null {
  if (value === undefined) return null;
  const text = JSON.stringify(value);
  // UTF-8 takes at most three bytes for a UTF-16 unit: most texts need not be measured.
  if (text.length * 3 <= thresholdBytes || Buffer.byteLength(text) <= thresholdBytes) return text;
  return `@${blobs.put(Buffer.from(text), holder).blob}`;
}

/** The blob a row's text stands for. */
export const addressIn = (text: string | null | undefined): string | undefined =>
  text?.startsWith('@') === true ? ADDRESS.exec(text)?.[1] : undefined;

/** The value of a row's text, from wherever it is. @throws {StoreError} STORE_CORRUPT when its blob is gone. */
export function unspill<T>(text: string, blobs: BlobStore): T {
  const address = addressIn(text);
  if (address === undefined) return JSON.parse(text) as T;
  const content = blobs.get(address);
  if (content === undefined) {
    throw new StoreError('STORE_CORRUPT', `the value of a step is missing: ${blobs.path(address)} is gone`, {
      hint: 'restore the file from a backup; the folder `blobs` belongs to the database beside it',
    });
  }
  return JSON.parse(
    Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('utf8'),
  ) as T;
}
