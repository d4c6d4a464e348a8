/** The fields of an engine step. */
import { Type } from '@sinclair/typebox';
import { durationSchema } from '../duration.ts';

export const engineSchema = Type.Object(
  {
    command: Type.String({
      minLength: 1,
      description: 'The engine, by its name in `engines.allowlist` of the configuration.',
    }),
    args: Type.Optional(
      Type.Array(Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
        description: 'Arguments, handed on as they are: no shell, no quoting.',
      }),
    ),
    cwd: Type.String({
      minLength: 1,
      description:
        'Folder the engine works in, relative to the folder the run was started for. It must be named, because an engine may change anything in it.',
    }),
    input: Type.Optional(
      Type.Unknown({ description: 'Written to its standard input: text as it is, any other value as JSON.' }),
    ),
    summary: Type.Optional(
      Type.Union([Type.Literal('auto'), Type.Literal('file'), Type.Literal('stdout'), Type.Literal('none')], {
        default: 'auto',
        description:
          'Where its summary is: in the file that `$KEYSTONE_ENGINE_SUMMARY_PATH` names, at the end of `stdout`, `auto` (the file when it wrote one, else stdout), or nowhere.',
      }),
    ),
    gracePeriod: Type.Optional(
      durationSchema({
        default: '5s',
        description: 'On cancel or time-out the process group gets SIGTERM, and SIGKILL after this time.',
      }),
    ),
  },
  { additionalProperties: false },
);
