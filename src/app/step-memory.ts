/** The memory that steps see: without secrets, found by words and, where an endpoint is configured, by vectors too. */
import { createHash } from 'node:crypto';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import type { EmbeddingsEndpoint } from '../services/embeddings/embed.ts';
import type { Memory, MemoryRequest, MemoryService } from '../services/memory/memory-service.ts';
import type { MemoryHit, MemoryItem, MemorySearch, MemoryStore, MemoryVector } from '../store/memory-port.ts';
import { memoryOf } from './memories.ts';
import type { SessionOptions } from './session-options.ts';

/** Of each kind of search so many are weighed against each other. */
const CANDIDATES = 50;
/** Reciprocal rank fusion: how much less the tenth place counts than the first. */
const RANK_OFFSET = 60;
/** Memories stored before there was an endpoint get their vectors by and by, so many with each search. */
const BACKFILL = 256;

export function memoryService({ project, redactor }: SessionOptions): MemoryService {
  const { config, clock } = project;
  const memory = ({ scope }: MemoryRequest): Promise<MemoryStore> =>
    memoryOf(project, scope ?? config.memory.scope);
  const endpoint = (model: string | undefined): EmbeddingsEndpoint | undefined => {
    const { embeddings } = config;
    if (embeddings === undefined) {
      if (model !== undefined) throw noEndpoint(model);
      return undefined;
    }
    const apiKey = embeddings.apiKeyEnv && config.environment[embeddings.apiKeyEnv];
    return { baseUrl: embeddings.baseUrl, model: model ?? embeddings.model, ...(apiKey && { apiKey }) };
  };
  return {
    async store({ text, metadata, model, ...request }) {
      const safe = redactor.json({ text, metadata });
      const item: MemoryItem = { id: idOf(safe), ...safe, createdAt: clock.now() };
      const vector = await vectorOf(endpoint(model), safe.text, request.signal);
      return { id: item.id, isNew: await (await memory(request)).put(item, vector) };
    },
    async search({ query, filter, limit, model, ...request }) {
      const store = await memory(request);
      const from = endpoint(model);
      const wanted = redactor.text(query);
      if (from !== undefined) await backfill(store, from, request.signal);
      const vector = await vectorOf(from, wanted, request.signal);
      return (await searchBoth(store, wanted, vector, { filter, limit })).map(toMemory);
    },
    forget: async ({ which, ...request }) => (await memory(request)).forget(which),
  };
}

async function searchBoth(
  store: MemoryStore,
  query: string,
  vector: MemoryVector | undefined,
  { filter, limit }: MemorySearch,
): Promise<MemoryHit[]> {
  const wide = { filter, limit: Math.max(limit, CANDIDATES) };
  const words = await store.byWords(query, wide);
  if (vector === undefined) return relative(words).slice(0, limit);
  return relative(fuse([words, await store.byVector(vector, wide)])).slice(0, limit);
}

/** Places count, not scores: those of words and of angles have nothing in common. */
function fuse(lists: readonly (readonly MemoryHit[])[]): MemoryHit[] {
  const fused = new Map<string, MemoryHit>();
  for (const list of lists)
    for (const [place, hit] of list.entries()) {
      const score = (fused.get(hit.id)?.score ?? 0) + 1 / (RANK_OFFSET + place + 1);
      fused.set(hit.id, { ...hit, score });
    }
  return [...fused.values()].sort((a, b) => b.score - a.score || b.createdAt - a.createdAt);
}

function relative(hits: readonly MemoryHit[]): MemoryHit[] {
  const best = hits[0]?.score ?? 0;
  return hits.map((hit) => ({ ...hit, score: best <= 0 ? 0 : Math.max(0, hit.score / best) }));
}

const toMemory = ({ createdAt, ...hit }: MemoryHit): Memory => ({
  ...hit,
  createdAt: new Date(createdAt).toISOString(),
});

async function vectorOf(
  endpoint: EmbeddingsEndpoint | undefined,
  text: string,
  signal: AbortSignal,
): Promise<MemoryVector | undefined> {
  if (endpoint === undefined) return undefined;
  const { embed } = await import('../services/embeddings/embed.ts');
  const [values] = await embed(endpoint, [text], signal);
  return values && { model: endpoint.model, values };
}

async function backfill(
  store: MemoryStore,
  endpoint: EmbeddingsEndpoint,
  signal: AbortSignal,
): Promise<void> {
  const items = await store.withoutVector(endpoint.model, BACKFILL);
  if (items.length === 0) return;
  const { embed } = await import('../services/embeddings/embed.ts');
  const vectors = await embed(
    endpoint,
    items.map(({ text }) => text),
    signal,
  );
  for (const [index, item] of items.entries()) {
    const values = vectors[index];
    if (values !== undefined) await store.put(item, { model: endpoint.model, values });
  }
}

const idOf = ({ text, metadata }: { text: string; metadata: JsonObject }): string =>
  createHash('sha256')
    .update(JSON.stringify([text, sorted(metadata)]))
    .digest('hex')
    .slice(0, 16);

function sorted(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, part]) => [key, sorted(part)]),
  );
}

const noEndpoint = (model: string): KeystoneError =>
  new KeystoneError('CONFIG_MISSING', `model "${model}" makes vectors, but no endpoint is configured`, {
    exitCode: EXIT.usage,
    hint: 'set embeddings.base_url and embeddings.model in .keystone/config.yaml, or leave `model` out',
  });
