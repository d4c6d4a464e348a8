/** Shapes of what the commands about artifacts and retention print with `--json`. */
import { type TSchema, Type } from '@sinclair/typebox';

const closed = { additionalProperties: false } as const;
const millis = Type.Number({ description: 'Since the epoch, in milliseconds' });
const amount = Type.Integer({ minimum: 0 });

const artifactFields = {
  name: Type.String(),
  runId: Type.String({ description: 'The run that keeps it.' }),
  step: Type.String({ description: 'Ledger path of the step that made it.' }),
  files: Type.Integer({ minimum: 0, description: 'How many.' }),
  bytes: Type.Integer({ minimum: 0, description: 'Of all files together.' }),
  digest: Type.String({ description: 'sha256 over paths, contents and which files are executable.' }),
  createdAt: millis,
};

const prunedRun = Type.Object(
  {
    runId: Type.String(),
    workflow: Type.String(),
    status: Type.String(),
    startedAt: millis,
    endedAt: millis,
    why: Type.String(),
  },
  closed,
);

/** Of a run in `show --json`. */
export const artifactsOfRun = Type.Array(
  Type.Object({ name: Type.String(), files: amount, bytes: amount }, closed),
  { description: 'Only of show: what the run keeps; artifacts list has those of its sub-workflows, too.' },
);

export const ARTIFACT_SHAPES: Readonly<Record<string, TSchema>> = {
  'artifacts-list': Type.Array(Type.Object(artifactFields, closed), {
    title: 'artifacts list',
    description: 'Printed by artifacts list --json: of the run itself first.',
  }),
  'artifacts-get': Type.Object(
    {
      ...artifactFields,
      paths: Type.Array(Type.String(), { description: 'Below the folder.' }),
      folder: Type.String({ description: 'Absolute.' }),
    },
    { ...closed, title: 'artifacts get', description: 'Printed by artifacts get --json.' },
  ),
  prune: Type.Object(
    {
      dryRun: Type.Boolean(),
      runs: Type.Array(prunedRun, { description: 'Not counting the runs that these began.' }),
      kept: Type.Array(prunedRun, { description: 'That should go and cannot now.' }),
      freed: Type.Object({ runs: amount, blobs: amount, bytes: amount }, closed),
    },
    { ...closed, title: 'prune', description: 'Printed by prune --json.' },
  ),
};
