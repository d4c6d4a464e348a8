/** One part of the configuration that belongs to one part of keystone: its keys, and how they become values. */
import type { TSchema } from '@sinclair/typebox';

/** What was found for the keys, already checked against their schemas. */
export interface Settings {
  /** By dotted key: `request.maxMb`. Its default when nobody set it; undefined when it has none. */
  get<T>(key: string): T;
  /** Of a mapping whose names the user chooses: `engines.allowlist` → value by name. */
  entries<T>(key: string): Record<string, T>;
  /** The project's folder, against which relative paths are read. Absolute. */
  readonly folder: string;
}

export interface Section<Value> {
  /** A group of leaves, or a single leaf. */
  schema: TSchema;
  read(settings: Settings): Value;
}

/** Identity with inference. */
export const defineSection = <Value>(section: Section<Value>): Section<Value> => section;
