/** What the run machine is made of: its context and events, and the names the runtime gives hands to. */
import { assign, type PromiseActorLogic, setup } from 'xstate';
import type { CompensationInput, CompensationOutput } from './compensation.ts';

/** How a run ends. */
export type RunEnd = 'success' | 'failed' | 'canceled';

export interface RunInput {
  runId: string;
  /** The run has ended; this actor only undoes what it did. */
  undoing?: Undoing;
}

/** What is undone of a run that has ended, and how it had ended. */
export interface Undoing {
  /** `workflow`, or the ledger path of one step. */
  scope: string;
  former: RunEnd;
}

/** What comes while a part of a run that goes on is undone: the undos end first, then this happens. */
export interface Aside {
  /** Ledger path of the step. */
  scope: string;
  /** The run was paused before or meanwhile. */
  pause: boolean;
  /** Why it was canceled meanwhile. */
  cancel: string | null;
  /** Its time-out came meanwhile. */
  expired: boolean;
  /** The last step settled meanwhile. */
  ended: boolean;
}
export interface RunContext {
  runId: string;
  /** Why it was canceled; null when it was not. */
  cancelReason: string | null;
  /** Why `finally` was canceled as well. */
  lastCancelReason: string | null;
  /** Somebody rolls it back while `finally` runs: what it did is undone after that. */
  undoesLate: boolean;
  /** The run used up its own `timeout`. */
  expired: boolean;
  /** Path of the first step that failed for good, or `(workflow)` when the run's own time-out came first; null before. */
  firstFailed: string | null;
  /** Path of the latest one. */
  lastFailed: string | null;
  /** How the run will end, decided once in `concluding`. */
  end: RunEnd | null;
  undoing: Undoing | null;
  aside: Aside | null;
}
export type RunEvent =
  /** `automatic`: nobody has typed it; it ends nothing that cleans up. `rollback`: what the run did is to be undone in any case. */
  | { type: 'CANCEL'; reason: string; automatic?: boolean; rollback?: boolean }
  | { type: 'PAUSE' }
  | { type: 'UNPAUSE' }
  /** Undo one step, and go on. */
  | { type: 'ROLLBACK'; scope: string }
  /** From the runtime: a step failed for good and the policy is not `continue`. */
  | { type: 'step.failed'; path: string }
  /** From the runtime: the last attempt in flight ended while pausing. */
  | { type: 'quiet' }
  /** From the runtime: no other run of the workflow is before this one. */
  | { type: 'turn.come' }
  /** From the runtime: it will never have its turn. */
  | { type: 'turn.refused'; message: string }
  | { type: 'timer.due'; name: 'run-timeout' }
  | { type: 'xstate.done.actor.body'; output: unknown; actorId: string };
export interface RunOutput {
  status: RunEnd;
}

const notProvided = (): never => {
  throw new Error('provided by the runtime');
};

/** A compiled block of steps; exported because the machine's own type names it. */
export type Body = PromiseActorLogic<unknown, undefined>;

export const runSetup = setup({
  types: {
    input: {} as RunInput,
    context: {} as RunContext,
    events: {} as RunEvent,
    output: {} as RunOutput,
    tags: {} as 'paused' | 'canceling' | 'queued',
  },
  actors: {
    body: {} as Body,
    errorsBody: {} as Body,
    finallyBody: {} as Body,
    compensation: {} as PromiseActorLogic<CompensationOutput, CompensationInput>,
  },
  actions: {
    armRunTimeout: notProvided,
    disarmRunTimeout: notProvided,
    /** Switches the ledger so that gates refuse new work, and tells every active step of the block to end. */
    cancelSteps: (_, _params: { reason: string }) => notProvided(),
    rememberCancel: assign({
      cancelReason: ({ context, event }) =>
        context.cancelReason ?? (event.type === 'CANCEL' ? event.reason : null),
    }),
    rememberLastCancel: assign({
      lastCancelReason: ({ event }) => (event.type === 'CANCEL' ? event.reason : null),
    }),
    rememberRollback: assign({ undoesLate: true }),
    /** Ends what runs in the `finally` block, and lets nothing of it begin. */
    cancelFinally: (_, _params: { reason: string }) => notProvided(),
    /** Its time and duration count from now. */
    beginNow: notProvided,
    /** Records why the run will never have its turn. */
    refuseTurn: notProvided,
    rememberExpiry: assign({
      expired: true,
      firstFailed: ({ context }) => context.firstFailed ?? '(workflow)',
    }),
    /** From here on it is canceled for the reason that came while a part of it was undone. */
    cancelAfterUndoing: assign({
      cancelReason: ({ context }) => context.cancelReason ?? context.aside?.cancel ?? null,
    }),
    beginAside: assign({
      aside: ({ event }, { paused }: { paused: boolean }) =>
        event.type === 'ROLLBACK'
          ? { scope: event.scope, pause: paused, cancel: null, expired: false, ended: false }
          : null,
    }),
    /** The first cancel counts. */
    changeAside: assign({
      aside: ({ context: { aside } }, change: Partial<Aside>) =>
        aside && { ...aside, ...change, cancel: aside.cancel ?? change.cancel ?? null },
    }),
    endAside: assign({ aside: null }),
    rememberFailure: assign({
      firstFailed: ({ context, event }) =>
        context.firstFailed ?? (event.type === 'step.failed' ? event.path : null),
      lastFailed: ({ context, event }) => (event.type === 'step.failed' ? event.path : context.lastFailed),
    }),
    /** Keeps the run's own time-out as the original failure, and ends the steps. */
    expireRun: notProvided,
    /** on_failure: nothing new starts (`drain`), or running steps end too (`cancel`). */
    stopAfterFailure: notProvided,
    /** Nothing begins: gates hold, and steps that wait for a slot give their place up. */
    holdSteps: notProvided,
    /** The ledger's mode as it would be without the pause, and held steps go on. */
    releaseSteps: notProvided,
    /** The ledger's mode for the next block of steps: open again. */
    openBlock: (_, _params: { block: 'errors' | 'finally' | 'compensate' }) => notProvided(),
    /** Of a run that did not fail: evaluates outputs and checks outputSchema, once. */
    evaluateOutputs: notProvided,
    /** Decides how the run ends. */
    conclude: assign({ end: notProvided as () => RunEnd }),
  },
  guards: {
    mustRecover: notProvided as () => boolean,
    mustUnwind: notProvided as () => boolean,
    mustFinalize: notProvided as () => boolean,
    isQuiet: notProvided as () => boolean,
    mustQueue: notProvided as () => boolean,
    hasFailed: ({ context }) => context.firstFailed !== null,
    isRollback: ({ event }) => event.type === 'CANCEL' && event.rollback === true,
    /** Rolled back while `finally` ran, and something is left to undo. */
    mustUnwindLate: notProvided as () => boolean,
    isTyped: ({ event }) => event.type === 'CANCEL' && event.automatic !== true,
    onlyUndoes: ({ context }) => context.undoing !== null,
    canceledMeanwhile: ({ context }) => (context.aside?.cancel ?? null) !== null,
    expiredMeanwhile: ({ context }) => context.aside?.expired === true,
    endedMeanwhile: ({ context }) => context.aside?.ended === true,
    pausedMeanwhile: ({ context }) => context.aside?.pause === true,
    endsSuccess: ({ context }) => context.end === 'success',
    endsCanceled: ({ context }) => context.end === 'canceled',
  },
});
