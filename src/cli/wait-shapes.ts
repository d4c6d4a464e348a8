/** Shapes of what the commands about waiting print: `answer`, `event`, `timers` and `unpause` with `--json`. */
import { type TSchema, Type } from '@sinclair/typebox';
import { anyJson, closed, millis, oneOf, runStatus } from './run-shape.ts';

const asks = Type.Object(
  {
    for: Type.Literal('answer'),
    message: Type.String({ description: 'What is asked.' }),
    inputType: oneOf('confirm', 'text', 'select', 'form'),
    schema: anyJson('JSON Schema of the answer; *** stands for secrets.'),
    options: Type.Optional(
      Type.Array(anyJson(''), {
        description: 'Of select; one with *** is typed by its place: option-2.',
      }),
    ),
    assignees: Type.Optional(Type.Array(Type.String())),
    default: Type.Optional(Type.Object({ value: anyJson('') }, closed)),
  },
  closed,
);

export const WAIT_SHAPES: Readonly<Record<string, TSchema>> = {
  questions: Type.Array(
    Type.Object(
      {
        runId: Type.String(),
        path: Type.String({ description: 'Ledger path of the step, such as approve[2].' }),
        since: millis('Since the epoch'),
        dueAt: Type.Optional(millis('Until when; since the epoch')),
        asks,
      },
      closed,
    ),
    { title: 'questions', description: 'Printed by answer --json without a step.' },
  ),
  answer: Type.Object(
    {
      runId: Type.String(),
      path: Type.String(),
      outcome: oneOf('delivered', 'stored'),
      goesOn: Type.String({ description: 'The run to resume when the answer is only stored.' }),
    },
    {
      ...closed,
      title: 'answer',
      description: 'Printed by answer --json, unless the run goes on here: then it is the run.',
    },
  ),
  'sent-event': Type.Object(
    {
      id: Type.Integer(),
      event: Type.String(),
      woken: Type.Array(Type.String(), { description: 'Suspended runs that are due now.' }),
    },
    { ...closed, title: 'sent event', description: 'Printed by event --json.' },
  ),
  timers: Type.Array(
    Type.Object(
      {
        runId: Type.String(),
        workflow: Type.String(),
        status: runStatus,
        kind: oneOf('sleep', 'event', 'answer', 'retry', 'attempt', 'total', 'join', 'run-timeout'),
        step: Type.String({ description: 'Ledger path; of the run itself: (workflow).' }),
        dueAt: Type.Optional(millis('Since the epoch; absent: until somebody does something')),
        waitsFor: Type.Optional(Type.String({ description: 'Name of the event, or the question.' })),
      },
      closed,
    ),
    { title: 'timers', description: 'Printed by timers --json, soonest first.' },
  ),
  unpause: Type.Object(
    { runId: Type.String(), delivered: oneOf('sent') },
    {
      ...closed,
      title: 'unpause',
      description: 'Printed by unpause --json when another process goes on with the run; else the run.',
    },
  ),
};
