/** All transforms by name, in the order of the documentation. */
import { codecTransforms } from './codecs.ts';
import { collectionTransforms } from './collections.ts';
import { dateTransforms } from './dates.ts';
import type { Transform } from './define.ts';
import { fieldTransforms } from './fields.ts';
import { idTransforms } from './ids.ts';
import { numberTransforms } from './numbers.ts';
import { pathTransforms } from './paths.ts';
import { presenceTransforms } from './presence.ts';
import { statusTransforms } from './status.ts';
import { stringTransforms } from './strings.ts';

export const TRANSFORM_FAMILIES: ReadonlyMap<string, readonly Transform[]> = new Map([
  ['Missing values', presenceTransforms],
  ['Text', stringTransforms],
  ['Arrays and objects', [...collectionTransforms, ...fieldTransforms]],
  ['Numbers and booleans', numberTransforms],
  ['Dates and ids', [...dateTransforms, ...idTransforms]],
  ['Encodings', codecTransforms],
  ['Paths', pathTransforms],
  ['Status of steps', statusTransforms],
]);

export const TRANSFORMS: ReadonlyMap<string, Transform> = new Map(
  [...TRANSFORM_FAMILIES.values()].flat().map((transform) => [transform.name, transform]),
);
