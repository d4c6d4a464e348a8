/** Interprets the statechart of a conversation with the hands an llm step gives it. */
import { createActor, fromPromise, toPromise } from 'xstate';
import { type HandVerdict, llmMachine, type TurnEnd } from '#machines';
import type { ToolLoop } from '../services/llm/tool-loop.ts';

export const runToolLoop: ToolLoop = async (start, hands) => {
  let failure: { error: unknown } | undefined;
  const hand = (work: () => Promise<TurnEnd | undefined>) =>
    fromPromise(async (): Promise<HandVerdict> => {
      try {
        const turnEnd = await work();
        return { failed: false, ...(turnEnd !== undefined && { turnEnd }) };
      } catch (error) {
        failure = { error };
        return { failed: true };
      }
    });
  const actor = createActor(
    llmMachine.provide({
      actors: {
        request: hand(() => hands.request(() => actor.send({ type: 'text.begun' }))),
        callTools: hand(() => hands.callTools().then(() => undefined)),
        repair: hand(() => hands.repair().then(() => undefined)),
      },
      guards: { answerFits: () => hands.answerFits() },
    }),
    { input: start },
  );
  const output = toPromise(actor);
  actor.start();
  const { end } = await output;
  if (end === 'error') throw failure?.error;
  return end;
};
