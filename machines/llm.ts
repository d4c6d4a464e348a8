/**
 * A conversation with a model: turns, tools, repairs. It holds counters only; what was said is in the notes of the step, from which
 * whoever goes on after a crash makes the input.
 */
import { and, assign } from 'xstate';
import { type ConversationEnd, llmSetup } from './llm-setup.ts';

const over = (end: ConversationEnd) => ({ type: 'conclude' as const, params: { end } });

export const llmMachine = llmSetup.createMachine({
  id: 'llm',
  description: 'A conversation with a model: requests, tools, checks of the answer, repairs.',
  context: ({ input }) => ({ ...input, end: null }),
  initial: 'beginning',
  output: ({ context }) => ({ end: context.end ?? 'error' }),
  states: {
    beginning: {
      description: 'A reply that is kept is not asked for again.',
      always: [{ guard: 'replyKept', target: 'judging' }, { target: 'requesting' }],
    },
    requesting: {
      description: 'The model has its turn; its reply is kept before anyone acts on it.',
      initial: 'waiting',
      invoke: {
        id: 'request',
        src: 'request',
        onDone: [
          { guard: 'hasFailed', target: 'failed', actions: over('error') },
          {
            target: 'judging',
            actions: assign({
              turns: ({ context }) => context.turns + 1,
              turnEnd: ({ event: { output } }) => (output.failed ? null : (output.turnEnd ?? null)),
            }),
          },
        ],
      },
      states: {
        waiting: { description: 'Nothing has come yet.', on: { 'text.begun': 'streaming' } },
        streaming: { description: 'Text is coming.' },
      },
    },
    judging: {
      description: 'What does the reply want?',
      always: [
        { guard: 'wasRefused', target: 'failed', actions: over('refused') },
        { guard: 'wasCut', target: 'failed', actions: over('length') },
        { guard: and(['wantsTools', 'turnsLeft']), target: 'callingTools' },
        { guard: 'wantsTools', target: 'failed', actions: over('iterations') },
        { target: 'validating' },
      ],
    },
    callingTools: {
      description: 'The tools of one turn, all at once; each intent and each result is kept.',
      invoke: {
        id: 'callTools',
        src: 'callTools',
        onDone: [{ guard: 'hasFailed', target: 'failed', actions: over('error') }, { target: 'requesting' }],
      },
    },
    validating: {
      description: 'Is the answer what was asked for?',
      always: [
        { guard: 'answerFits', target: 'done', actions: over('answered') },
        { guard: 'repairsLeft', target: 'repairing' },
        { target: 'failed', actions: over('unfit') },
      ],
    },
    repairing: {
      description: 'What is wrong with the answer is kept, and given to the model.',
      invoke: {
        id: 'repair',
        src: 'repair',
        onDone: [
          { guard: 'hasFailed', target: 'failed', actions: over('error') },
          { target: 'requesting', actions: assign({ repairs: ({ context }) => context.repairs + 1 }) },
        ],
      },
    },
    done: { type: 'final', description: 'The answer is there and fits.' },
    failed: { type: 'final', description: 'There is no answer; the context says why.' },
  },
});
