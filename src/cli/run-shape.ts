/** Shape of a run as `run`, `resume`, `show` and `history` print it, and the words all shapes are made of. */
import { type TSchema, Type } from '@sinclair/typebox';
import { artifactsOfRun } from './artifact-shapes.ts';

export const oneOf = (...values: string[]): TSchema => Type.Unsafe<string>({ type: 'string', enum: values });
export const anyJson = (description: string): TSchema => Type.Unknown({ description });
export const millis = (description: string): TSchema =>
  Type.Number({ description: `${description}, in milliseconds` });
export const closed = { additionalProperties: false } as const;

export const runStatus = oneOf('running', 'paused', 'suspended', 'success', 'failed', 'canceled');
export const stepStatus = oneOf(
  'pending',
  'waiting',
  'queued',
  'running',
  'retrying',
  'repairing',
  'healing',
  'suspended',
  'success',
  'failed',
  'skipped',
  'canceled',
);
export const outcome = oneOf('success', 'failed', 'skipped', 'canceled');

export const failure = Type.Object(
  {
    code: Type.String({ description: 'Stable, such as EXIT_CODE.' }),
    message: Type.String(),
    retryable: Type.Boolean(),
    retryAfterMs: Type.Optional(Type.Number({ description: 'Another attempt makes no sense sooner.' })),
    stepId: Type.Optional(Type.String()),
    attempt: Type.Optional(Type.Integer()),
    details: Type.Optional(anyJson('More facts; depends on the code.')),
  },
  closed,
);

export const reusedFrom = Type.Object(
  { runId: Type.String(), path: Type.String() },
  { ...closed, description: 'The step that had the effect of which this one took the result.' },
);

const stepFields = {
  kind: Type.String(),
  status: stepStatus,
  outcome: Type.Optional(outcome),
  attempts: Type.Integer({ minimum: 0 }),
  output: Type.Optional(anyJson('Values over 64 KB are { blob, bytes }.')),
  error: Type.Optional(failure),
  skipReason: Type.Optional(Type.String()),
  reusedFrom: Type.Optional(reusedFrom),
  startedAt: Type.Optional(millis('Since the epoch')),
  durationMs: Type.Optional(Type.Number()),
};
const { kind: _kind, ...endFields } = stepFields;
const epochFields = {
  epoch: Type.Optional(Type.Integer({ minimum: 2, description: 'How often the step has begun anew.' })),
  former: Type.Optional(
    Type.Array(
      Type.Object(
        {
          epoch: Type.Integer({ minimum: 1 }),
          ...endFields,
        },
        closed,
      ),
      { description: 'How it ended in earlier epochs, oldest first; only in show --json.' },
    ),
  ),
};
const itemView = Type.Object(
  {
    ...stepFields,
    ...epochFields,
    label: Type.Optional(
      Type.String({ description: "What it is called: the step's name for it, or the values of a matrix." }),
    ),
  },
  closed,
);
export const stepView = Type.Object(
  {
    ...stepFields,
    ...epochFields,
    items: Type.Optional(
      Type.Array(itemView, { description: 'Of foreach and matrix, as far as they have begun.' }),
    ),
    total: Type.Optional(Type.Integer({ minimum: 0, description: 'Of foreach and matrix: how many items.' })),
  },
  closed,
);

export const runFields = {
  runId: Type.String(),
  workflow: Type.String(),
  status: runStatus,
  interrupted: Type.Optional(
    Type.Literal(true, { description: 'The status is running, but its process is gone; resume goes on.' }),
  ),
  outputs: Type.Union([Type.Record(Type.String(), anyJson('')), Type.Null()]),
  error: Type.Optional(failure),
  startedAt: millis('Since the epoch'),
  durationMs: Type.Number({ description: 'Since it began, or was last begun again.' }),
  attempt: Type.Optional(Type.Integer({ minimum: 2, description: 'Which time the run has begun.' })),
  suspendedOn: Type.Optional(
    Type.Array(
      Type.Object(
        {
          step: Type.String(),
          kind: Type.String(),
          message: Type.Optional(Type.String()),
          event: Type.Optional(Type.String()),
          dueAt: Type.Optional(millis('Since the epoch')),
          answerWith: Type.Optional(Type.String({ description: 'The command that goes on.' })),
        },
        closed,
      ),
    ),
  ),
  compensations: Type.Optional(
    Type.Array(Type.Object({ step: Type.String(), status: Type.String(), order: Type.Number() }, closed)),
  ),
  artifacts: Type.Optional(artifactsOfRun),
  children: Type.Optional(
    Type.Array(
      Type.Object(
        {
          runId: Type.String(),
          workflow: Type.String(),
          status: runStatus,
          step: Type.String({ description: 'Ledger path of the step that began it.' }),
          detached: Type.Optional(Type.Literal(true)),
        },
        closed,
      ),
      { description: 'Runs of sub-workflows; only of show.' },
    ),
  ),
  startedBy: Type.Optional(
    Type.Object(
      { runId: Type.String(), step: Type.String() },
      { ...closed, description: 'Of the run of a sub-workflow: the step that began it; only of show.' },
    ),
  ),
};
