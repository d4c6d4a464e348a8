/** The fields of an artifact step. */
import { Type } from '@sinclair/typebox';

export const ARTIFACT_OPS = ['upload', 'download', 'list'] as const;

export const artifactSchema = Type.Object(
  {
    op: Type.Union(
      ARTIFACT_OPS.map((op) => Type.Literal(op)),
      { description: '`upload`, `download` or `list`.' },
    ),
    name: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description:
          'Name of the artifact, unique in the run. For `list`: shows the files of this one instead of all artifacts.',
      }),
    ),
    paths: Type.Optional(
      Type.Union(
        [Type.String({ minLength: 1 }), Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })],
        {
          description:
            'What to `upload`: files, folders (with all they hold) and globs such as `dist/**/*.js`; one that begins with `!` leaves out what it matches.',
        },
      ),
    ),
    path: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'For `download` the folder the files are put into. For `upload` the folder `paths` and the names of the files are relative to.',
      }),
    ),
    run: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Id of another run whose artifacts are meant, for `download` and `list`.',
      }),
    ),
    overwrite: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Lets `upload` replace an artifact of this name that another step of the run made.',
      }),
    ),
    ifNone: Type.Optional(
      Type.Union([Type.Literal('fail'), Type.Literal('skip')], {
        default: 'fail',
        description:
          'What `upload` does when one of `paths` matches no file: `fail`, or `skip` it; nothing is uploaded when none is left.',
      }),
    ),
    hidden: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Whether globs and folders include files and folders whose names begin with a dot.',
      }),
    ),
    secrets: Type.Optional(
      Type.Union([Type.Literal('refuse'), Type.Literal('mask')], {
        default: 'refuse',
        description:
          'What `upload` does with a file that holds a secret of the run: `refuse` to keep anything, or `mask` it by `***`.',
      }),
    ),
    allowOutsideCwd: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Allows paths outside the folder the run was started for.',
      }),
    ),
  },
  { additionalProperties: false },
);
