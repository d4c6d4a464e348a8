/** What steps may ask of a memory; wired by the application, which knows where it is kept and which secrets it must not hold. */
import type { JsonObject } from '../../kernel/json.ts';

/** `project`: beside the project's runs. `global`: in the user's data folder, for all projects. */
export type MemoryScope = 'project' | 'global';

export interface Memory {
  id: string;
  text: string;
  metadata: JsonObject;
  /** ISO 8601. */
  createdAt: string;
  /** From 0 to 1: the nearest of a search is about 1. */
  score: number;
}

export interface MemoryRequest {
  /** @default the configured `memory.scope` */
  scope?: MemoryScope;
  signal: AbortSignal;
}

export interface MemoryService {
  /** Remembers a text; secrets in it become `***`. @returns isNew: false for what was remembered already. */
  store(request: MemoryRequest & { text: string; metadata: JsonObject; model?: string }): Promise<{
    id: string;
    isNew: boolean;
  }>;
  /** Nearest first. @throws {StepFailure} EMBEDDINGS_* when an endpoint is configured and fails. */
  search(
    request: MemoryRequest & { query: string; filter: JsonObject; limit: number; model?: string },
  ): Promise<Memory[]>;
  forget(
    request: MemoryRequest & { which: { ids: readonly string[] } | { filter: JsonObject } },
  ): Promise<number>;
}
