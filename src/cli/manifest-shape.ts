/** Shape of what `manifest --json` prints. */
import { Type } from '@sinclair/typebox';

const closed = { additionalProperties: false } as const;

export const manifestShape = Type.Object(
  {
    workflow: Type.String(),
    files: Type.Array(
      Type.Object(
        {
          file: Type.String(),
          sha256: Type.String(),
          outside: Type.Boolean({ description: 'Not in the folder of the project.' }),
        },
        closed,
      ),
      { description: 'The workflow first, then the sub-workflows its text names.' },
    ),
    permissions: Type.Array(
      Type.Object(
        {
          to: Type.Union(
            ['unsandboxed', 'run', 'engine', 'model', 'connect', 'write', 'read'].map((to) =>
              Type.Literal(to),
            ),
          ),
          what: Type.String({ description: 'As it is written, templates included.' }),
          steps: Type.Array(Type.String(), { description: 'workflow.step' }),
        },
        closed,
      ),
    ),
    secrets: Type.Array(Type.String()),
    secretInputs: Type.Array(Type.String()),
    unknown: Type.Array(Type.String(), {
      description: 'Sub-workflows whose names are only known in the run.',
    }),
  },
  { ...closed, title: 'manifest', description: 'Printed by manifest --json.' },
);
