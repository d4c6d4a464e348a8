/** The forms values of the configuration have. */
import { type TSchema, Type } from '@sinclair/typebox';

export const DURATION_PATTERN =
  '^(\\d+(\\.\\d+)?(ms|s|m|h|d)|P(?=.)(\\d+D)?(T(?=.)(\\d+H)?(\\d+M)?(\\d+(\\.\\d+)?S)?)?)$';

export const oneOf = <T extends string>(
  values: readonly T[],
  options: { description: string; default: T },
): TSchema => Type.Unsafe<T>({ type: 'string', enum: [...values], ...options });

/** `30s`, `5m`, or milliseconds; `parseDurationMs` reads it. */
export const durationSetting = (options: { description: string; default: string }): TSchema =>
  Type.Union([Type.Integer({ minimum: 0 }), Type.String({ pattern: DURATION_PATTERN })], options);

/** Keys that belong together: `storage: { path: …, durability: … }`. */
export const group = (properties: Record<string, TSchema>, description: string): TSchema =>
  Type.Object(properties, { additionalProperties: false, description });
