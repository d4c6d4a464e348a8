/** `keystone timers`: what the open runs of a project wait for, soonest first. */
import { maskPlaceholders } from '../kernel/redact.ts';
import type { Store } from '../store/port.ts';
import { SETTLED_RUN } from '../store/port.ts';
import { type Project, withStore } from './project.ts';

export interface TimerView {
  runId: string;
  workflow: string;
  status: string;
  /** `sleep`, `retry`, `wait`, `attempt`, `total`, `join`, `run-timeout`; `event` and `answer` have no end of their own. */
  kind: string;
  step: string;
  /** Wall clock in ms; absent: until somebody does something. */
  dueAt?: number;
  /** Of events their name, of answers the question. */
  waitsFor?: string;
}

export async function listTimers(project: Project, runId?: string): Promise<TimerView[]> {
  return withStore(project, async (store) => {
    const [timers, waits, runs] = [
      await store.timers(runId),
      await store.waits(runId === undefined ? {} : { runId }),
      await openRuns(store),
    ];
    const views: TimerView[] = [];
    const waiting = new Set(waits.map((wait) => `${wait.runId} ${wait.path}`));
    for (const timer of timers) {
      const run = runs.get(timer.runId);
      const { step } = timer;
      if (run === undefined || (timer.name === 'wait' && waiting.has(`${timer.runId} ${step}`))) continue;
      views.push({ ...run, kind: kindOf(timer.name), step, dueAt: timer.dueAt });
    }
    for (const { runId: id, path, for: kind, name, dueAt, detail } of waits) {
      const run = runs.get(id);
      const waitsFor = maskPlaceholders(kind === 'event' ? name : String(detail.message ?? ''));
      if (run !== undefined)
        views.push({ ...run, kind, step: path, waitsFor, ...(dueAt !== undefined && { dueAt }) });
    }
    return views.sort(
      (a, b) => (a.dueAt ?? Number.POSITIVE_INFINITY) - (b.dueAt ?? Number.POSITIVE_INFINITY),
    );
  });
}

async function openRuns(
  store: Store,
): Promise<Map<string, Pick<TimerView, 'runId' | 'workflow' | 'status'>>> {
  const runs = await store.runs({ status: ['running', 'suspended', 'paused'] });
  return new Map(
    runs
      .filter(({ status }) => !SETTLED_RUN.has(status))
      .map(({ runId, workflow, status }) => [runId, { runId, workflow, status }]),
  );
}

/** `join:ship` → `join`; a step's own wait is a sleep, all others have a row that says more. */
function kindOf(name: string): string {
  if (name === 'wait') return 'sleep';
  return name.startsWith('join:') ? 'join' : name;
}
