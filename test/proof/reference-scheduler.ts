/** What a workflow of plain steps and joins does, in as few lines as it can be said: the judge of compiled bodies and fleets. */

export interface RandomStep {
  id: string;
  needs: readonly string[];
  /** Simulated duration. */
  ms: number;
  fails: boolean;
  allowFailure: boolean;
  condition?: 'always()' | 'failure()' | 'false';
  /** Successes a join asks for; `all` for every need that was not skipped. */
  join?: number | 'all';
}
export interface RandomWorkflow {
  onFailure: 'drain' | 'continue' | 'cancel';
  steps: readonly RandomStep[];
}
export type End = 'success' | 'failed' | 'skipped' | 'canceled';

/** What a process finds that goes on with a run. */
export interface OnDisk {
  /** In the order they ended. */
  ended: ReadonlyMap<string, End>;
  /** Steps whose intent is there but no end: begun again, and not asked again whether to. */
  begun: ReadonlySet<string>;
}
const NOTHING: OnDisk = { ended: new Map(), begun: new Set() };

/** @returns how every step ends, what those saw of their needs that begin (again), and what fails the run. */
export function schedule(
  { steps, onFailure }: RandomWorkflow,
  disk: OnDisk = NOTHING,
): {
  ends: Map<string, End>;
  seen: Map<string, End[]>;
  /** Steps whose failure fails the run, in order. */
  failures: string[];
  /** Those that fail at the moment of the first: joins that one end decides; which of them is told first is the engine's business. */
  first: string[];
} {
  const ends = new Map<string, End>();
  const seen = new Map<string, End[]>();
  const running = new Map<RandomStep, number>();
  const isSoft = (step: RandomStep): boolean => typeof step.join === 'number';
  const isTolerated = (id: string): boolean => steps.some((step) => isSoft(step) && step.needs.includes(id));
  const count = (step: RandomStep, end: End | undefined): number =>
    step.needs.filter((id) => ends.get(id) === end).length;
  let mode: 'open' | 'draining' | 'canceled' = 'open';
  const failures: string[] = [];
  const first: string[] = [];
  let now = 0;
  let firstAt = Number.NaN;

  const settle = (step: RandomStep, end: End): void => {
    ends.set(step.id, end);
    if (end !== 'failed' || isTolerated(step.id)) return;
    if (failures.length === 0) firstAt = now;
    if (now === firstAt) first.push(step.id);
    failures.push(step.id);
    if (onFailure === 'drain' && mode === 'open') mode = 'draining';
    if (onFailure !== 'cancel') return;
    mode = 'canceled';
    for (const each of running.keys()) ends.set(each.id, 'canceled');
    running.clear();
  };
  const fail = (step: RandomStep): void => settle(step, step.allowFailure ? 'success' : 'failed');
  const isReady = (step: RandomStep): boolean => {
    if (ends.has(step.id) || running.has(step)) return false;
    const open = count(step, undefined);
    if (typeof step.join !== 'number') return open === 0;
    return (
      mode === 'canceled' || count(step, 'success') >= step.join || count(step, 'success') + open < step.join
    );
  };
  const refusal = (step: RandomStep): End | undefined => {
    if (mode === 'canceled') return 'canceled';
    if (step.condition === 'always()') return undefined;
    if (step.condition === 'failure()') return count(step, 'failed') > 0 ? undefined : 'skipped';
    const bad = step.needs.map((id) => ends.get(id)).find((end) => end === 'failed' || end === 'canceled');
    if (step.join === undefined && bad !== undefined) return bad === 'failed' ? 'skipped' : 'canceled';
    const beside = step.needs.some((id) => steps.find((each) => each.id === id)?.join !== undefined);
    if (step.join === undefined && count(step, 'skipped') > 0 && !beside) return 'skipped';
    return mode === 'draining' || step.condition === 'false' ? 'skipped' : undefined;
  };
  const see = (step: RandomStep): void => {
    seen.set(
      step.id,
      step.needs.map((id) => ends.get(id) as End),
    );
  };
  const begin = (step: RandomStep): void => {
    const refused = refusal(step);
    if (refused !== undefined) {
      settle(step, refused);
      return;
    }
    if (step.join === undefined) {
      see(step);
      running.set(step, now + step.ms);
      return;
    }
    const wanted = step.join === 'all' ? step.needs.length - count(step, 'skipped') : step.join;
    if (count(step, 'success') >= wanted) settle(step, 'success');
    else fail(step);
  };

  for (const step of steps) if (disk.begun.has(step.id)) running.set(step, step.ms);
  for (const [id, end] of disk.ended) {
    const step = steps.find((each) => each.id === id);
    if (step !== undefined) settle(step, end);
  }
  for (const step of running.keys()) see(step);

  for (;;) {
    for (let ready = steps.find(isReady); ready !== undefined; ready = steps.find(isReady)) begin(ready);
    const [next] = [...running].sort((a, b) => a[1] - b[1]);
    if (next === undefined) return { ends, seen, failures, first };
    running.delete(next[0]);
    now = next[1];
    if (next[0].fails) fail(next[0]);
    else settle(next[0], 'success');
  }
}
