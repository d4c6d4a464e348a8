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
          description:
            'What interprets `run`: `sh`, `bash`, `zsh`, `pwsh` or `node` (JavaScript). Default: `shell.default` of the configuration, which is `sh`.',
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
    sandbox: Type.Optional(
      Type.Union(
        [
          Type.Boolean(),
          Type.Object(
            {
              network: Type.Optional(
                Type.Boolean({ default: true, description: 'Whether the command has a network.' }),
              ),
              writable: Type.Optional(
                Type.Array(Type.String({ minLength: 1 }), {
                  description:
                    'What it may write to beside a /tmp of its own. Default: the folder of the run.',
                }),
              ),
            },
            { additionalProperties: false },
          ),
        ],
        {
          description:
            'Runs the command in a sandbox: `true`, or `network` (`false` takes it away) and `writable` (what it may write to, relative to the folder of the run; default: that folder). `false`: never. Default: `shell.sandbox` of the configuration.',
        },
      ),
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
