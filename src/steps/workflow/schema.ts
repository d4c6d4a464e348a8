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
            'Which outputs to keep and how to call them: `alias: key`, or `alias: {from: key, default: value}`. A key may be a path such as `report.url`. Without it all outputs are kept. `detach` is not supported yet.',
        },
      ),
    ),
  },
  { additionalProperties: false },
);
