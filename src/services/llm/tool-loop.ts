/** The door to the statechart of a conversation: what it is told, what it may ask for, and how it ends. */
import type { ChatReply } from './chat.ts';

export interface ToolLoopStart {
  /** Turns at most, repairs not counted. */
  maxIterations: number;
  maxRepairs: number;
  /** Turns whose replies are kept already. */
  turns: number;
  repairs: number;
  /** Of the last reply, when nothing has followed from it or not all of its tools have; null: the model has its turn. */
  turnEnd: ChatReply['finish'] | null;
}

/** What a conversation does to the world. What rejects ends the conversation with that error. */
export interface ToolLoopHands {
  /** One turn. @param onText tells that the first text has come */
  request(onText: () => void): Promise<ChatReply['finish']>;
  /** All tools of the last reply that have no result yet. */
  callTools(): Promise<void>;
  answerFits(): boolean;
  repair(): Promise<void>;
}

/**
 * - `answered`: the last reply is the answer, and fits
 * - `refused`, `length`: the model declined, or was cut at `maxTokens`
 * - `iterations`: it asks for tools again, and no turn is left
 * - `unfit`: the answer does not fit, and no repair is left
 */
export type ToolLoopEnd = 'answered' | 'refused' | 'length' | 'iterations' | 'unfit';

/** @throws what a hand threw. */
export type ToolLoop = (start: ToolLoopStart, hands: ToolLoopHands) => Promise<ToolLoopEnd>;
