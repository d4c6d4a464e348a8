/** Large JSON values live in the blob store; a row then holds `{ blob, bytes, json: true }` in their place. */

import type { BlobRef } from '../kernel/blob-ref.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import type { BlobStore } from './port.ts';

/** Values whose JSON text is longer than this, in bytes, leave the row. */
export const SPILL_BYTES = 64 * 1024;

/** A value of a step row that was spilled: the blob's content is its JSON text. */
export interface SpilledJson extends JsonObject {
  /** sha256 of the JSON text, in hex. */
  blob: string;
  bytes: number;
  json: true;
}

/** Text for the row; writes the blob when the value is too large for it. `null` for no value. */
export function spill(value: unknown, blobs: BlobStore): string | null {
  if (value === undefined) return null;
  const text = JSON.stringify(value);
  if (text.length * 3 <= SPILL_BYTES) return text;
  if (Buffer.byteLength(text) <= SPILL_BYTES) return text;
  const { blob, bytes } = blobs.put(Buffer.from(text));
  const spilled: SpilledJson = { blob, bytes, json: true };
  return JSON.stringify(spilled);
}

export function isSpilled(value: unknown): value is SpilledJson {
  if (typeof value !== 'object' || value === null || !('json' in value) || value.json !== true) return false;
  return (
    'blob' in value && typeof value.blob === 'string' && 'bytes' in value && Object.keys(value).length === 3
  );
}

/** The value itself, whether spilled or not. @throws {Error} when its blob is gone. */
export function unspill(value: Json | BlobRef, blobs: BlobStore): Json {
  if (!isSpilled(value)) return value as Json; // a reference the step gave is its value

  const content = blobs.get(value.blob);
  if (content === undefined) throw new Error(`the blob ${value.blob} of a step's output is missing`);
  return JSON.parse(
    Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('utf8'),
  ) as Json;
}
