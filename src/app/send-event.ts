/** `keystone event`: tells the runs of the project that something happened. */
import { randomUUID } from 'node:crypto';
import type { Json } from '../kernel/json.ts';
import { Redactor } from '../kernel/redact.ts';
import { acquireEngine, type Project } from './project.ts';

export interface EventRequest {
  event: string;
  data: Json;
  /** How long it is kept for a wait that has not begun yet, in ms. */
  ttlMs: number;
  /** Only steps of this run and of its parents and children may wait for it. */
  runId?: string;
  /** An event with a key that is known already is not sent again. */
  key?: string;
}

export interface SentEvent {
  id: number;
  event: string;
  /** Suspended runs that wait for an event of this name, and are due now. */
  woken: string[];
}

export async function sendEvent(project: Project, request: EventRequest): Promise<SentEvent> {
  const { engine, release } = await acquireEngine(project);
  try {
    const ts = project.clock.now();
    const { event, data, ttlMs, runId, key = randomUUID() } = request;
    const scope = runId === undefined ? undefined : await rootOf(engine.store, runId);
    const sent = await engine.store.publish({
      name: event,
      // Sent by somebody who has no secrets: what looks like the place of one is text.
      data: new Redactor().seal(data),
      ts,
      expiresAt: ts + ttlMs,
      key,
      ...(scope !== undefined && { scope }),
    });
    engine.lookSoon();
    return { event, ...sent };
  } finally {
    await release();
  }
}

async function rootOf(
  store: { run(runId: string): Promise<{ pinned: { rootRunId?: Json } } | undefined> },
  runId: string,
): Promise<string> {
  const root = (await store.run(runId))?.pinned.rootRunId;
  return typeof root === 'string' ? root : runId;
}
