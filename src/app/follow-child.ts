/** A child run in this process from its parent's side: it waits, pauses and ends with its parent. */
import type { Flight } from '../runtime/index.ts';
import type { RunSession } from './run-session.ts';
import type { RunResult } from './types.ts';

/** @param onIdle The child waits for timers only, or is paused; its parent may leave with it. */
export async function followChild(
  session: RunSession,
  flight: Flight,
  onIdle: () => void,
): Promise<RunResult> {
  flight.idleUntil = () => session.idleUntil();
  flight.suspend = () => session.suspendWithParent();
  flight.pause = () => session.pause();
  flight.unpause = () => session.unpause();
  flight.isPaused = () => session.host.isPaused;
  session.onIdle = onIdle;
  const signal = flight.controller.signal;
  const onAbort = (): void => {
    if (flight.why === 'halt') void session.abort().catch(() => {});
    else session.cancel(flight.why === 'timeout' ? 'the parent step timed out' : 'the parent was canceled');
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await session.result;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
