/** What a run waits for, in the words of `suspendedOn`. */
import { actorPathOf, type RunHost } from '../runtime/index.ts';
import type { SuspendedOn } from './types.ts';

export function suspensionsOf(run: RunHost['run']): SuspendedOn[] {
  const waits: SuspendedOn[] = [];
  for (const { name, dueAt, actorPath } of run.timers.rows) {
    const waiting = [...run.active].find(([, actor]) => actorPathOf(actor) === actorPath);
    const path = waiting?.[0] ?? name.replace(/^join:/, '');
    waits.push({
      step: path,
      kind: run.index.has(path) ? run.index.at(path).step.kind : name,
      dueAt,
      answerWith: `keystone resume ${run.runId}`,
    });
  }
  return waits;
}
