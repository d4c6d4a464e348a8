/** Shapes of what `--json` and `--events` print: `schemas/cli/<name>.schema.json`, and the tests check real output against them. */
import { type TSchema, Type } from '@sinclair/typebox';
import { poolsShape } from './pools-shape.ts';
import { proofShape } from './proof-shape.ts';

const oneOf = (...values: string[]): TSchema => Type.Unsafe<string>({ type: 'string', enum: values });
const anyJson = (description: string): TSchema => Type.Unknown({ description });
const millis = (description: string): TSchema =>
  Type.Number({ description: `${description}, in milliseconds` });
const closed = { additionalProperties: false } as const;

const runStatus = oneOf('running', 'paused', 'suspended', 'success', 'failed', 'canceled');
const stepStatus = oneOf(
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
const outcome = oneOf('success', 'failed', 'skipped', 'canceled');

const failure = Type.Object(
  {
    code: Type.String({ description: 'Stable, such as EXIT_CODE.' }),
    message: Type.String(),
    retryable: Type.Boolean(),
    stepId: Type.Optional(Type.String()),
    attempt: Type.Optional(Type.Integer()),
    details: Type.Optional(anyJson('More facts; depends on the code.')),
  },
  closed,
);

const reusedFrom = Type.Object(
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
const itemView = Type.Object({ ...stepFields, ...epochFields }, closed);
const stepView = Type.Object(
  {
    ...stepFields,
    ...epochFields,
    items: Type.Optional(Type.Array(itemView, { description: 'Of foreach and matrix.' })),
  },
  closed,
);

const runFields = {
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

const diagnostic = Type.Object(
  {
    severity: oneOf('error', 'warning'),
    code: Type.String(),
    message: Type.String(),
    hint: Type.Optional(Type.String()),
    line: Type.Integer({ minimum: 1 }),
    column: Type.Integer({ minimum: 1 }),
    endLine: Type.Integer({ minimum: 1 }),
    endColumn: Type.Integer({ minimum: 1 }),
    path: Type.String({ description: 'Where in the document, such as steps[2].needs[0].' }),
  },
  closed,
);

const inputInfo = Type.Object(
  {
    schema: Type.Record(Type.String(), anyJson('')),
    default: Type.Optional(anyJson('')),
    description: Type.Optional(Type.String()),
    secret: Type.Boolean(),
    required: Type.Boolean(),
  },
  closed,
);

const event = Type.Object(
  {
    ts: millis('Since the epoch'),
    seq: Type.Integer({ description: 'Rising within the run.' }),
    runId: Type.String(),
    type: oneOf(
      'run.started',
      'run.suspended',
      'run.resumed',
      'run.finished',
      'step.queued',
      'step.started',
      'step.output',
      'step.retrying',
      'step.suspended',
      'step.sentBack',
      'step.finished',
      'step.skipped',
      'compensation.started',
      'compensation.finished',
      'timer.set',
      'timer.fired',
      'log',
    ),
    step: Type.Optional(Type.String()),
    path: Type.Optional(Type.String({ description: 'Ledger path, such as test[3] or finally/notify.' })),
    kind: Type.Optional(Type.String()),
    attempt: Type.Optional(Type.Integer()),
    status: Type.Optional(Type.Union([runStatus, stepStatus])),
    outcome: Type.Optional(Type.String()),
    reason: Type.Optional(Type.String()),
    error: Type.Optional(failure),
    stream: Type.Optional(oneOf('stdout', 'stderr')),
    waitsFor: Type.Optional(oneOf('time', 'event', 'answer')),
    text: Type.Optional(Type.String()),
    durationMs: Type.Optional(Type.Number()),
    dueAt: Type.Optional(millis('Since the epoch')),
    total: Type.Optional(Type.Integer({ description: 'Items of a fan-out.' })),
    workflow: Type.Optional(Type.String()),
    reusedFrom: Type.Optional(reusedFrom),
  },
  closed,
);

const dryRunStep = Type.Object(
  {
    id: Type.String(),
    block: oneOf('steps', 'errors', 'finally'),
    kind: Type.String(),
    needs: Type.Array(Type.String()),
    if: Type.Optional(Type.String()),
    would: Type.String(),
  },
  closed,
);

const setting = Type.Object(
  { value: anyJson(''), source: oneOf('flag', 'env', 'project', 'user', 'default'), where: Type.String() },
  closed,
);

const dedupView = Type.Object(
  {
    id: Type.String({ description: "Beginning of the key's hash; dedup clear takes it." }),
    scope: oneOf('run', 'global', 'memo'),
    rootRunId: Type.Optional(
      Type.String({ description: 'Of scope run: the run whose tree shares the key.' }),
    ),
    key: Type.String({ description: 'As it was evaluated, secrets masked; of memos the kind.' }),
    status: oneOf('in-flight', 'done'),
    workflow: Type.String(),
    kind: Type.String(),
    runId: Type.String(),
    step: Type.String({ description: 'Ledger path, such as pay[3].' }),
    since: millis('Since the epoch'),
    finishedAt: Type.Optional(millis('Since the epoch')),
    expiresAt: Type.Optional(millis('Since the epoch; absent: until it is cleared')),
  },
  closed,
);

/** By name: the file is `schemas/cli/<name>.schema.json`. */
export const JSON_SHAPES: Readonly<Record<string, TSchema>> = {
  run: Type.Object(
    { ...runFields, steps: Type.Record(Type.String(), stepView) },
    { ...closed, title: 'run', description: 'Printed by run --json, resume --json and show --json.' },
  ),
  history: Type.Array(Type.Object(runFields, closed), {
    title: 'history',
    description: 'Printed by history --json.',
  }),
  validate: Type.Object(
    {
      files: Type.Array(
        Type.Object(
          { file: Type.String(), diagnostics: Type.Array(diagnostic), proof: Type.Optional(proofShape) },
          closed,
        ),
      ),
    },
    { ...closed, title: 'validate', description: 'Printed by validate --json and config check --json.' },
  ),
  workflows: Type.Array(
    Type.Object(
      {
        name: Type.String(),
        file: Type.String(),
        description: Type.Optional(Type.String()),
        inputs: Type.Record(Type.String(), inputInfo),
      },
      closed,
    ),
    { title: 'workflows', description: 'Printed by workflows --json.' },
  ),
  'dry-run': Type.Object(
    {
      workflow: Type.String(),
      inputs: Type.Record(Type.String(), anyJson('')),
      steps: Type.Array(dryRunStep),
    },
    { ...closed, title: 'dry run', description: 'Printed by run --dry-run --json.' },
  ),
  why: Type.Object(
    {
      step: Type.String(),
      status: Type.String(),
      lines: Type.Array(Type.String({ description: 'A sentence.' })),
    },
    { ...closed, title: 'why', description: 'Printed by why --json.' },
  ),
  cancel: Type.Object(
    { runId: Type.String(), was: runStatus, delivered: oneOf('sent', 'settled-already', 'canceled-dormant') },
    { ...closed, title: 'cancel', description: 'Printed by cancel --json.' },
  ),
  pause: Type.Object(
    {
      runId: Type.String(),
      was: runStatus,
      delivered: oneOf('sent', 'marked', 'paused-already', 'settled-already'),
    },
    { ...closed, title: 'pause', description: 'Printed by pause --json.' },
  ),
  rerun: Type.Object(
    {
      runId: Type.String(),
      workflow: Type.String(),
      attempt: Type.Integer({ minimum: 2, description: 'Which time the run would begin.' }),
      steps: Type.Array(Type.Object({ path: Type.String(), why: Type.String() }, closed)),
    },
    { ...closed, title: 'rerun', description: 'Printed by rerun --dry-run --json.' },
  ),
  rollback: Type.Object(
    {
      runId: Type.String(),
      was: runStatus,
      delivered: oneOf('sent', 'undone', 'nothing-to-undo'),
      status: runStatus,
      undone: Type.Array(Type.Object({ step: Type.String(), status: oneOf('done', 'failed') }, closed), {
        description: 'In the order of their undoing; empty when another process undoes.',
      }),
    },
    { ...closed, title: 'rollback', description: 'Printed by rollback --json.' },
  ),
  config: Type.Record(Type.String(), setting, {
    title: 'config',
    description: 'Printed by config show --json, by key.',
  }),
  pools: poolsShape,
  'dedup-list': Type.Array(dedupView, {
    title: 'dedup list',
    description: 'Printed by dedup list --json, newest first.',
  }),
  'dedup-clear': Type.Object(
    { cleared: Type.Integer({ minimum: 0 }), kept: Type.Array(dedupView) },
    { ...closed, title: 'dedup clear', description: 'Printed by dedup clear --json.' },
  ),
  'dedup-prune': Type.Object(
    { pruned: Type.Integer({ minimum: 0 }) },
    { ...closed, title: 'dedup prune', description: 'Printed by dedup prune --json.' },
  ),
  event: { ...event, title: 'event', description: 'A line of run --events.' },
  log: Type.Object(
    { path: Type.String(), attempt: Type.Integer(), stream: oneOf('stdout', 'stderr'), text: Type.String() },
    { ...closed, title: 'log', description: 'A line of logs --json.' },
  ),
};
