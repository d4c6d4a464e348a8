/** `secrets:` where values of `secrets.<name>` come from, and which variables commands never see. */
import path from 'node:path';
import { Type } from '@sinclair/typebox';
import { parseDurationMs } from '../duration.ts';
import { durationSetting, group } from '../leaves.ts';
import { defineSection } from './section.ts';

export interface SecretsConfig {
  /** Asked for what is found nowhere else; a text is a script of `sh`. Undefined: nobody is asked. */
  readonly command: string | readonly string[] | undefined;
  /** How long the command may take, in milliseconds. @default 30000 */
  readonly timeoutMs: number;
  /** `.env` files, absolute; later ones win. @default <project>/.env */
  readonly files: readonly string[];
  /** Names, perhaps with `*`, of variables that hold secrets whatever a workflow names. @default [] */
  readonly names: readonly string[];
}

const text = Type.String({ minLength: 1 });

export const secrets = defineSection<SecretsConfig>({
  schema: group(
    {
      command: Type.Union([text, Type.Array(text, { minItems: 1 })], {
        description:
          'Program (a list) or script (a text, run by `sh`) that is asked once a run for the secrets found nowhere else; see [secrets](secrets.md#a-command).',
      }),
      timeout: durationSetting({
        default: '30s',
        description: 'How long `secrets.command` may take.',
      }),
      files: Type.Array(text, {
        default: ['.env'],
        description:
          'Files of `NAME=value` lines in which secrets are looked for, relative to the project folder; later ones win. Files that are not there are passed over.',
      }),
      names: Type.Array(Type.String({ pattern: '^[A-Za-z0-9_*]+$' }), {
        default: [],
        description:
          'Names of variables that hold secrets, `*` for any characters, such as `[DEPLOY_KEY, "*_TOKEN"]`: they are kept from commands and hidden in output, whether or not a workflow names them.',
      }),
    },
    'Secrets of workflows.',
  ),
  read: ({ get, folder }) => ({
    command: get('secrets.command'),
    timeoutMs: parseDurationMs(get<string | number>('secrets.timeout')) ?? 0,
    files: get<string[]>('secrets.files').map((file) => path.resolve(folder, file)),
    names: get('secrets.names'),
  }),
});
