/** The fields of a workflow step. */
import { Type } from '@sinclair/typebox';

export const workflowSchema = Type.Object(
  {
    workflow: Type.String({
      minLength: 1,
      description:
        'Name of a workflow in `.keystone/workflows`, or the path of a file, relative to this workflow. It runs as a run of its own.',
    }),
    inputs: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { description: 'Values for the inputs of that workflow.' }),
    ),
    outputMapping: Type.Optional(
      Type.Record(
        Type.String(),
        Type.Union([
          Type.String({ minLength: 1 }),
          Type.Object(
            { from: Type.String({ minLength: 1 }), default: Type.Optional(Type.Unknown()) },
            { additionalProperties: false },
          ),
        ]),
        {
          description:
            'Which outputs to keep and how to call them: `alias: key`, or `alias: {from: key, default: value}`. A key may be a path such as `report.url`. Without it all outputs are kept.',
        },
      ),
    ),
    version: Type.Optional(
      Type.Union([Type.String({ minLength: 1 }), Type.Number()], {
        description:
          'The `version` that workflow must have; with another one the step fails before anything begins.',
      }),
    ),
    detach: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Begins the run and does not wait for it; the output is `{runId}`. It is neither canceled nor undone with this one.',
      }),
    ),
  },
  { additionalProperties: false },
);
