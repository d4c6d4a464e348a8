/** What the llm machine is made of: its counters, and the names the application gives hands to. */
import { assign, type PromiseActorLogic, setup } from 'xstate';

/** How a turn of the model ended. */
export type TurnEnd = 'stop' | 'tools' | 'length' | 'refused';

/** Why a conversation is over. */
export type ConversationEnd =
  /** The answer is there and fits. */
  | 'answered'
  | 'refused'
  /** The answer was cut at `maxTokens`. */
  | 'length'
  /** The model goes on asking for tools. */
  | 'iterations'
  /** The answer does not fit its schema, and no repair is left. */
  | 'unfit'
  /** A request, a tool or a note failed; the error itself stays outside. */
  | 'error';

export interface LlmInput {
  /** Turns at most, repairs not counted. */
  maxIterations: number;
  maxRepairs: number;
  /** Turns whose replies are kept. */
  turns: number;
  repairs: number;
  /** Of a reply that is kept and was not yet acted on to the end: go on there. */
  turnEnd: TurnEnd | null;
}

export interface LlmContext extends LlmInput {
  end: ConversationEnd | null;
}

export interface LlmOutput {
  end: ConversationEnd;
}

/** What the hands report; they never reject. The error of what failed stays outside. */
export type HandVerdict = { failed: true } | { failed: false; turnEnd?: TurnEnd };

export type LlmEvent =
  /** The first text of a turn has come. */
  | { type: 'text.begun' }
  | {
      type: `xstate.done.actor.${'request' | 'callTools' | 'repair'}`;
      output: HandVerdict;
      actorId: string;
    };

const notProvided = (): never => {
  throw new Error('provided by the application');
};

export const llmSetup = setup({
  types: {
    input: {} as LlmInput,
    context: {} as LlmContext,
    events: {} as LlmEvent,
    output: {} as LlmOutput,
  },
  actors: {
    /** One turn: asks the model and keeps what it replied. */
    request: {} as PromiseActorLogic<HandVerdict>,
    /** Calls the tools of the last reply that have no result yet, and keeps their results. */
    callTools: {} as PromiseActorLogic<HandVerdict>,
    /** Keeps what is wrong with the answer, for the model to read. */
    repair: {} as PromiseActorLogic<HandVerdict>,
  },
  actions: {
    conclude: assign({ end: (_, { end }: { end: ConversationEnd }) => end }),
  },
  guards: {
    hasFailed: ({ event }) => 'output' in event && event.output.failed,
    replyKept: ({ context }) => context.turnEnd !== null,
    wasRefused: ({ context }) => context.turnEnd === 'refused',
    wasCut: ({ context }) => context.turnEnd === 'length',
    wantsTools: ({ context }) => context.turnEnd === 'tools',
    turnsLeft: ({ context }) => context.turns - context.repairs < context.maxIterations,
    repairsLeft: ({ context }) => context.repairs < context.maxRepairs,
    answerFits: notProvided as () => boolean,
  },
});
