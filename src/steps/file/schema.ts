/** The fields of a file step. */
import { Type } from '@sinclair/typebox';

/** What a file step can do. */
export const FILE_OPS = ['read', 'write', 'append', 'patch', 'delete', 'exists', 'list', 'copy'] as const;

export const fileSchema = Type.Object(
  {
    op: Type.Union(
      FILE_OPS.map((op) => Type.Literal(op)),
      {
        description: '`read`, `write`, `append`, `patch`, `delete`, `exists`, `list` or `copy`.',
      },
    ),
    path: Type.String({
      minLength: 1,
      description:
        'File, relative to the folder the run was started for. For `list` a folder, or globs such as `src/**/*.ts`; for `patch` also the folder of the files it names.',
    }),
    content: Type.Optional(
      Type.Unknown({
        description:
          'What to `write` or `append`: text as it is, any other value as indented JSON. For `patch` a unified diff or SEARCH/REPLACE blocks.',
      }),
    ),
    to: Type.Optional(
      Type.String({ minLength: 1, description: 'Where to `copy` the file; an existing file is replaced.' }),
    ),
    encoding: Type.Optional(
      Type.Union([Type.Literal('utf8'), Type.Literal('base64')], {
        default: 'utf8',
        description: 'How `content`, and what `read` gives, stands for bytes.',
      }),
    ),
    exactLines: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'The hunks of a unified diff fit at the lines they name or not at all; one that fits elsewhere, too, is then not ambiguous.',
      }),
    ),
    recursive: Type.Optional(
      Type.Boolean({ default: false, description: 'Lets `delete` remove a folder with all it holds.' }),
    ),
    allowOutsideCwd: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Allows paths outside the folder the run was started for, also through symbolic links.',
      }),
    ),
  },
  { additionalProperties: false },
);
