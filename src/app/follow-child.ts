/** Child runs in this process from their parent's side: they wait, pause and end with it. */
import type { Flight } from '../runtime/index.ts';
import type { RunSession } from './run-session.ts';
import type { RunResult } from './types.ts';

/** A step may have several children at once; it merely waits when all of them do. */
const childrenOf = new WeakMap<Flight, Set<RunSession>>();

/** @param onIdle The child waits for timers only, or is paused; its parent may leave with it. */
export async function followChild(
  session: RunSession,
  flight: Flight,
  onIdle: () => void,
): Promise<RunResult> {
  const children = childrenOf.get(flight) ?? adopt(flight);
  children.add(session);
  session.onIdle = onIdle;
  const signal = flight.controller.signal;
  const onAbort = (): void => {
    if (flight.why === 'halt') void session.abort().catch(() => {});
    else session.end(flight.why === 'timeout' ? 'the parent step timed out' : 'the parent was canceled');
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await session.result;
  } finally {
    signal.removeEventListener('abort', onAbort);
    children.delete(session);
    if (children.size === 0) release(flight);
  }
}

function adopt(flight: Flight): Set<RunSession> {
  const children = new Set<RunSession>();
  childrenOf.set(flight, children);
  const each = (act: (child: RunSession) => void) => (): void => {
    for (const child of children) act(child);
  };
  flight.idleUntil = () => earliest([...children].map((child) => child.idleUntil()));
  flight.suspend = each((child) => child.suspendWithParent());
  flight.pause = each((child) => child.pause());
  flight.unpause = each((child) => child.unpause());
  flight.halt = each((child) => void child.abort().catch(() => {}));
  flight.isPaused = () => [...children].every((child) => child.host.isPaused);
  return children;
}

/** What the step does next it does itself. */
function release(flight: Flight): void {
  childrenOf.delete(flight);
  for (const ability of ['idleUntil', 'suspend', 'pause', 'unpause', 'isPaused', 'halt'] as const)
    delete flight[ability];
}

/** Undefined as soon as one of them has something to do. */
const earliest = (times: readonly (number | undefined)[]): number | undefined =>
  times.includes(undefined) ? undefined : Math.min(...times.map((time) => time ?? 0));
