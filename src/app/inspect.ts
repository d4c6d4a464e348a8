/** `--inspect`: @statelyai/inspect's own server and WebSocket inspector on the run's actor system. Everything sent is redacted. */
import { createServer } from 'node:net';
import type { InspectionEvent } from 'xstate';
import type { Json } from '../kernel/json.ts';
import type { Redactor } from '../kernel/redact.ts';
import type { Project } from './project.ts';

export interface AttachedInspector {
  /** Page that embeds the Stately inspector. */
  url: string;
  observe(event: InspectionEvent): void;
  close(): Promise<void>;
}

/** How long the last events may take to leave before the process ends. */
const FLUSH_MS = 300;

export async function attachInspector(project: Project, redactor: Redactor): Promise<AttachedInspector> {
  const [{ createWebSocketInspector }, { createInspectorServer }] = await Promise.all([
    import('@statelyai/inspect'),
    import('@statelyai/inspect/server'),
  ]);
  const port = project.config.inspect.port === 0 ? await freePort() : project.config.inspect.port;
  const server = createInspectorServer({ port, autoOpen: project.config.inspect.open });
  const inspector = createWebSocketInspector({
    url: `ws://localhost:${port}`,
    // Definitions and snapshots are small; a busy run must not lose its beginning before the socket is open.
    maxDeferredEvents: 10_000,
    serialize: (event) => redactor.json(JSON.parse(JSON.stringify(event)) as Json) as unknown as typeof event,
  });
  return {
    url: `http://localhost:${port}`,
    observe: (event) => inspector.inspect.next?.(event),
    async close() {
      await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
      inspector.stop();
      server.stop();
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
