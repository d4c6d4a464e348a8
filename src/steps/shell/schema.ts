/** The fields of a shell step. */
import { Type } from '@sinclair/typebox';
import { SHELLS } from '../../services/process/quote-for-shell.ts';
import { durationSchema } from '../duration.ts';

export const shellSchema = Type.Object(
  {
    run: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Script, run as `sh -c` (or by `shell`). Interpolated values are quoted as single words unless marked `|raw`. Give either `run` or `args`.',
      }),
    ),
    args: Type.Optional(
      Type.Array(Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
        minItems: 1,
        description:
          'Program and its arguments, started directly: no shell, no quoting, no globs. Give either `run` or `args`.',
      }),
    ),
    shell: Type.Optional(
      Type.Union(
        SHELLS.map((shell) => Type.Literal(shell)),
        {
          default: 'sh',
          description: 'What interprets `run`: `sh`, `bash`, `zsh`, `pwsh` or `node` (JavaScript).',
        },
      ),
    ),
    dir: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Working folder, relative to the folder the run was started for.',
      }),
    ),
    stdin: Type.Optional(
      Type.Unknown({
        description:
          'Standard input: text as it is, any other value as JSON. Without it standard input is empty.',
      }),
    ),
    parse: Type.Optional(
      Type.Union([Type.Literal('json'), Type.Literal('yaml'), Type.Literal('lines')], {
        description:
          'Makes the output a value: `json`, `yaml`, or `lines` (an array of texts). Without it the output is stdout, trimmed.',
      }),
    ),
    gracePeriod: Type.Optional(
      durationSchema({
        default: '5s',
        description: 'On cancel or time-out the process group gets SIGTERM, and SIGKILL after this time.',
      }),
    ),
  },
  { additionalProperties: false, oneOf: [{ required: ['run'] }, { required: ['args'] }] },
);
