/** Shapes of what `--json` and `--events` print: `schemas/cli/<name>.schema.json`, and the tests check real output against them. */
import { type TSchema, Type } from '@sinclair/typebox';
import { ARTIFACT_SHAPES } from './artifact-shapes.ts';
import { configMigrateShape } from './config-migrate-shape.ts';
import { doctorShape } from './doctor-shape.ts';
import { manifestShape } from './manifest-shape.ts';
import { poolsShape } from './pools-shape.ts';
import { proofShape } from './proof-shape.ts';
import {
  anyJson,
  closed,
  failure,
  millis,
  oneOf,
  reusedFrom,
  runFields,
  runStatus,
  stepStatus,
  stepView,
} from './run-shape.ts';
import { WAIT_SHAPES } from './wait-shapes.ts';

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
      'step.repairing',
      'step.healing',
      'step.suspended',
      'step.sentBack',
      'step.finished',
      'step.skipped',
      'compensation.started',
      'compensation.finished',
      'timer.set',
      'timer.fired',
      'llm.request',
      'llm.delta',
      'llm.tool',
      'llm.finished',
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
    done: Type.Optional(
      Type.Integer({ description: 'Of a fan-out that goes on after a restart: items that had ended.' }),
    ),
    labels: Type.Optional(
      Type.Array(Type.String(), { description: 'Of a fan-out: what its items are called.' }),
    ),
    workflow: Type.Optional(Type.String()),
    reusedFrom: Type.Optional(reusedFrom),
    detail: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'Of llm.*, step.repairing and step.healing.',
      }),
    ),
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
  {
    value: anyJson('null: not set, and without a default.'),
    source: oneOf('flag', 'env', 'project', 'user', 'default'),
    where: Type.String(),
  },
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
      label: Type.Optional(Type.String({ description: 'Of an item: what it is called.' })),
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
  'config-migrate': configMigrateShape,
  doctor: doctorShape,
  manifest: manifestShape,
  pools: poolsShape,
  ...WAIT_SHAPES,
  ...ARTIFACT_SHAPES,
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
