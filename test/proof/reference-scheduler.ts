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
  /** Of a join that asks for a number: ends what it does not wait for any more. */
  cancelRest?: boolean;
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
  /** Steps whose turn comes at the very moment when something is given up; what is first is the engine's business. */
  either: Set<string>;
} {
  const ends = new Map<string, End>();
  const seen = new Map<string, End[]>();
  const running = new Map<RandomStep, number>();
  const isSoft = (step: RandomStep): boolean => typeof step.join === 'number';
  const byId = (id: string): RandomStep => steps.find((step) => step.id === id) as RandomStep;
  const isTolerated = (id: string): boolean =>
    steps.some((step) => isSoft(step) && step.needs.includes(id) && ends.get(step.id) !== 'skipped');
  const count = (step: RandomStep, end: End | undefined): number =>
    step.needs.filter((id) => ends.get(id) === end).length;
  let mode: 'open' | 'draining' | 'canceled' = 'open';
  const failures: string[] = [];
  const first: string[] = [];
  let now = 0;
  let firstAt = Number.NaN;

  const unwanted = new Set<string>();
  /** When the turn of a step came, and when joins gave others up. */
  const turns = new Map<string, number>();
  const cuts = new Map<number, string>();
  const settle = (step: RandomStep, end: End): void => {
    ends.set(step.id, end);
    if (step.cancelRest === true && end === 'success') dispense(step);
    if (isSoft(step) && end === 'skipped')
      for (const id of step.needs) if (ends.get(id) === 'failed') countFailure(id);
    if (end === 'failed') countFailure(step.id);
  };
  /** Every open step before the join that nobody waits for: all who need it are over, given up, or the join. */
  const dispense = (join: RandomStep): void => {
    cuts.set(now, join.id);
    const before = new Set(join.needs);
    for (const id of before) for (const need of byId(id).needs) before.add(need);
    const waits = (user: RandomStep): boolean =>
      user !== join &&
      !unwanted.has(user.id) &&
      (isSoft(user) && (ends.has(user.id) || isDecided(user))
        ? user.cancelRest === false
        : !ends.has(user.id));
    // Later steps first: who needs a step comes after it.
    for (const id of [...before].sort((a, b) => steps.indexOf(byId(b)) - steps.indexOf(byId(a)))) {
      const isReached =
        join.needs.includes(id) || steps.some((user) => unwanted.has(user.id) && user.needs.includes(id));
      if (ends.has(id) || !isReached || steps.some((user) => user.needs.includes(id) && waits(user)))
        continue;
      unwanted.add(id);
      if (running.delete(byId(id))) ends.set(id, 'canceled');
    }
  };
  const countFailure = (id: string): void => {
    if (isTolerated(id)) return;
    if (failures.length === 0) firstAt = now;
    if (now === firstAt) first.push(id);
    failures.push(id);
    if (onFailure === 'drain' && mode === 'open') mode = 'draining';
    if (onFailure !== 'cancel') return;
    mode = 'canceled';
    for (const each of running.keys()) ends.set(each.id, 'canceled');
    running.clear();
  };
  const fail = (step: RandomStep): void => settle(step, step.allowFailure ? 'success' : 'failed');
  const isDecided = ({ join, ...step }: RandomStep): boolean =>
    typeof join === 'number' &&
    (count(step, 'success') >= join || count(step, 'success') + count(step, undefined) < join);
  const isReady = (step: RandomStep): boolean => {
    if (ends.has(step.id) || running.has(step)) return false;
    return isSoft(step) ? mode === 'canceled' || isDecided(step) : count(step, undefined) === 0;
  };
  const refusal = (step: RandomStep): End | undefined => {
    if (mode === 'canceled' || unwanted.has(step.id)) return 'canceled';
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
    turns.set(step.id, now);
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
    if (next === undefined) {
      const tied = [...turns].filter(([id, at]) => cuts.has(at) && cuts.get(at) !== id);
      return { ends, seen, failures, first, either: new Set(tied.map(([id]) => id)) };
    }
    running.delete(next[0]);
    now = next[1];
    if (next[0].fails) fail(next[0]);
    else settle(next[0], 'success');
  }
}
