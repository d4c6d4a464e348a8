/** Every state of the hand-written machines goes through JSON and back, and behaves there as it did before. */
import { getShortestPaths } from '@xstate/graph';
import { describe, expect, test } from 'vitest';
import {
  type AnyStateMachine,
  assign,
  createActor,
  fromPromise,
  getNextSnapshot,
  type Snapshot,
} from 'xstate';
import { compensationMachine, llmMachine, runMachine, stepMachine } from '../../machines/index.ts';

interface Projection {
  name: string;
  /** Effect-free: actions do nothing, guards answer as the variant says. One machine for each variant. */
  variants: AnyStateMachine[];
  events: readonly { type: string }[];
  input: object;
}

const nothing = (): void => {};
const never = fromPromise(() => new Promise<never>(() => {}));
const names = (machine: AnyStateMachine, what: 'actions' | 'guards' | 'actors'): string[] =>
  Object.keys(machine.implementations[what]);

/** @param own guards that the machine defines itself and that stay. */
function project(
  machine: AnyStateMachine,
  isTrue: (guard: string) => boolean,
  own: readonly string[],
  actions = {},
): AnyStateMachine {
  const kept = new Set(own);
  return machine.provide({
    actors: Object.fromEntries(names(machine, 'actors').map((name) => [name, never])) as never,
    actions: {
      ...Object.fromEntries(
        names(machine, 'actions')
          .filter((name) => !kept.has(name))
          .map((name) => [name, nothing]),
      ),
      ...actions,
    } as never,
    guards: Object.fromEntries(
      names(machine, 'guards')
        .filter((name) => !kept.has(name))
        .map((name) => [name, () => isTrue(name)]),
    ) as never,
  });
}

const STEP_OWN = [
  'expands',
  'suspends',
  'unwinds',
  'unwindsAll',
  'holds',
  'follows',
  'dedupes',
  'foundNothing',
  'foundResult',
  'foundInFlight',
  'settlesSuccess',
  'settlesFailed',
  'settlesSkipped',
  'settlesCanceled',
  'hasAttempted',
  'attemptOk',
  'attemptCanceled',
  'attemptTimer',
  'totalTimer',
  'retryTimer',
  'waitTimer',
  'nextAttempt',
];
const VERDICTS = [
  { go: 'run' },
  { go: 'dedupe' },
  { go: 'expand', size: 2 },
  { go: 'suspend', on: { for: 'time', dueAt: 5 } },
  { go: 'unwind', scope: 'workflow' },
  { go: 'unwind', scope: 'a' },
  { go: 'hold' },
  { go: 'follow' },
  ...(['success', 'failed', 'skipped', 'canceled'] as const).flatMap((as) => [
    { go: 'settle', as },
    { go: 'again', as },
  ]),
];
/** No guard, each one alone, all. */
const answers = (guards: readonly string[]): ((guard: string) => boolean)[] => [
  () => false,
  ...guards.map((one) => (guard: string) => guard === one),
  () => true,
];

const step: Projection = {
  name: 'step',
  variants: VERDICTS.flatMap((verdict) =>
    answers([
      'shouldRetry',
      'failureAllowed',
      'timedOutToSkip',
      'draftValid',
      'isHeld',
      'othersQuiet',
      'goesBack',
      'slotless',
      'mustValidate',
      'itemsSucceeded',
      'itemsCanceled',
    ]).map((isTrue) =>
      project(stepMachine, isTrue, STEP_OWN, { gate: assign({ verdict: verdict as never }) }),
    ),
  ),
  events: [
    { type: 'slot.granted' },
    { type: 'CANCEL', reason: 'r' } as never,
    { type: 'WAKE' },
    { type: 'quiet' },
    { type: 'former.ended' },
    {
      type: 'xstate.done.actor.compensation',
      output: { undone: 1, failed: 0 },
      actorId: 'compensation',
    } as never,
    { type: 'PAUSE' },
    { type: 'UNPAUSE' },
    ...['attempt', 'total', 'retry', 'wait'].map((name) => ({ type: 'timer.due', name })),
    ...[{ result: 'ok' }, { result: 'canceled' }, { result: 'failed', retryable: true }].map((verdict) => ({
      type: 'attempt.ended',
      verdict,
    })),
    { type: 'key.changed' },
    ...['nothing', 'result', 'in-flight', 'trouble'].map((found) => ({
      type: 'dedup.decided',
      verdict: { found },
    })),
    { type: 'xstate.done.actor.fleet', output: { settled: 2 }, actorId: 'fleet' } as never,
  ],
  input: { path: 'a[1]' },
};

const RUN_OWN = [
  'rememberCancel',
  'cancelAfterUndoing',
  'rememberLastCancel',
  'rememberRollback',
  'rememberExpiry',
  'rememberFailure',
  'beginAside',
  'changeAside',
  'endAside',
  'onlyUndoes',
  'hasFailed',
  'isTyped',
  'isRollback',
  'canceledMeanwhile',
  'expiredMeanwhile',
  'endedMeanwhile',
  'pausedMeanwhile',
  'endsSuccess',
  'endsCanceled',
];
const run: Projection = {
  name: 'run',
  variants: (['success', 'failed', 'canceled'] as const).flatMap((end) =>
    answers(['mustQueue', 'mustRecover', 'mustUnwind', 'mustUnwindLate', 'mustFinalize', 'isQuiet']).map(
      (isTrue) => project(runMachine, isTrue, RUN_OWN, { conclude: assign({ end: end as never }) }),
    ),
  ),
  events: [
    { type: 'CANCEL', reason: 'r' } as never,
    { type: 'CANCEL', reason: 'r', automatic: true } as never,
    { type: 'CANCEL', reason: 'r', automatic: true, rollback: true } as never,
    { type: 'turn.come' },
    { type: 'turn.refused', message: 'm' } as never,
    { type: 'PAUSE' },
    { type: 'UNPAUSE' },
    { type: 'ROLLBACK', scope: 'a' } as never,
    { type: 'quiet' },
    { type: 'step.failed', path: 'x' } as never,
    { type: 'timer.due', name: 'run-timeout' } as never,
    ...['body', 'errorsBody', 'finallyBody', 'compensation'].map((id) => ({
      type: `xstate.done.actor.${id}`,
      output: {},
      actorId: id,
    })),
  ],
  input: { runId: 'r' },
};

const compensation: Projection = {
  name: 'compensation',
  variants: [null, 'a'].map((current) =>
    project(compensationMachine, () => true, ['stackEmpty', 'undoSucceeded'], {
      pickNext: assign({
        current: (({ context }: { context: { undone: number; failed: number } }) =>
          context.undone + context.failed > 1 ? null : current) as never,
      }),
    }),
  ),
  events: (['success', 'failed', 'skipped'] as const).map((status) => ({
    type: 'xstate.done.actor.undo',
    output: { status },
    actorId: 'undo',
  })),
  input: { scope: 'workflow' },
};

const LLM_OWN = ['replyKept', 'wasRefused', 'wasCut', 'wantsTools', 'turnsLeft', 'repairsLeft', 'conclude'];
const TURN_ENDS = ['stop', 'tools', 'length', 'refused'] as const;
const llm: Projection = {
  name: 'llm',
  variants: answers(['answerFits']).map((isTrue) => project(llmMachine, isTrue, LLM_OWN)),
  events: [
    { type: 'text.begun' },
    ...TURN_ENDS.map(
      (turnEnd) =>
        ({
          type: 'xstate.done.actor.request',
          output: { failed: false, turnEnd },
          actorId: 'request',
        }) as never,
    ),
    ...['request', 'callTools', 'repair'].flatMap((id) =>
      [true, false].map(
        (failed) => ({ type: `xstate.done.actor.${id}`, output: { failed }, actorId: id }) as never,
      ),
    ),
  ],
  input: { maxIterations: 2, maxRepairs: 1, turns: 0, repairs: 0, turnEnd: null },
};

/** As the recorder writes it: without the children, which have rows of their own. */
const persist = (machine: AnyStateMachine, snapshot: never): string =>
  JSON.stringify(machine.getPersistedSnapshot({ ...(snapshot as object), children: {} } as never));

const leaves = (machine: AnyStateMachine): string[] => {
  const found: string[] = [];
  const visit = (node: AnyStateMachine['root'], path: string[]): void => {
    const children = Object.entries(node.states);
    if (children.length === 0 && node.type !== 'history') found.push(path.join('.'));
    for (const [key, child] of children) visit(child, [...path, key]);
  };
  visit(machine.root, []);
  return found;
};

const pathOf = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : Object.entries(value as object)
        .map(([key, inner]) => `${key}.${pathOf(inner)}`)
        .join();

/** A third attempt is as the second. */
const enough = (state: { context: { attempt?: number } }): boolean => (state.context.attempt ?? 0) > 2;

/** States that are passed through within one event, and never stand at the end of a turn. */
const TRANSIENT = new Set([
  'beginning',
  'working.undone',
  'gating',
  'requeueing',
  'validating',
  'expired',
  'woken',
  'recoverOrUnwind',
  'unwindOrFinalize',
  'concluding',
  'picking',
  'judging',
]);

describe.each([step, run, compensation, llm])('the $name machine', ({ variants, events, input }) => {
  const states = variants.flatMap((machine) =>
    getShortestPaths(machine, { events: events as never, input, limit: 5000, stopWhen: enough } as never).map(
      ({ state }) => ({
        machine,
        state: state as never,
      }),
    ),
  );

  test('has no state that no event leads to', () => {
    const reached = new Set(states.map(({ state }) => pathOf((state as { value: unknown }).value)));
    const [machine] = variants;
    const all = machine === undefined ? [] : leaves(machine).filter((leaf) => !TRANSIENT.has(leaf));
    expect([...reached].sort()).toEqual(all.sort());
  });

  test('is the same after JSON, stays the same when written again, and takes every event the same way', () => {
    expect(states.length).toBeGreaterThan(5);
    for (const { machine, state } of states) {
      const written = persist(machine, state);
      const restored = (): ReturnType<typeof createActor> =>
        createActor(machine, { snapshot: JSON.parse(written) as Snapshot<unknown>, input } as never);
      const actor = restored().start();
      expect(persist(machine, actor.getSnapshot() as never)).toBe(written);
      actor.stop();
      if ((state as { status: string }).status !== 'active') continue;
      for (const event of events) {
        const live = restored().start();
        live.send(event as never);
        const undisturbed = getNextSnapshot(machine, state, event as never);
        expect(persist(machine, live.getSnapshot() as never)).toBe(persist(machine, undisturbed as never));
        const fresh = createActor(machine, {
          snapshot: JSON.parse(persist(machine, live.getSnapshot() as never)),
          input,
        } as never).start();
        expect(persist(machine, fresh.getSnapshot() as never)).toBe(
          persist(machine, live.getSnapshot() as never),
        );
        live.stop();
        fresh.stop();
      }
    }
  }, 120_000);
});
