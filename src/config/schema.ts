/** The keys this version honours, once: types, validation, `schemas/config.schema.json`, docs and environment names come from here. */
import { Type } from '@sinclair/typebox';
import { durationSetting, group, oneOf } from './leaves.ts';
import { sectionSchemas } from './sections/index.ts';

export const POOL_NAME_PATTERN = '^[a-z0-9][a-z0-9_-]*$';

const positive = Type.Integer({ minimum: 1 });

/** JSON Schema of `.keystone/config.yaml`. Every key is optional; leaves carry `description` and, if fixed, `default`. */
export const configSchema = Type.Object(
  {
    concurrency: Type.Integer({
      minimum: 1,
      description: 'Steps running at once over all runs of a process. Default: CPU cores × 4.',
    }),
    pools: Type.Record(
      Type.String({ pattern: POOL_NAME_PATTERN }),
      Type.Union([positive, Type.Object({ limit: positive }, { additionalProperties: false })]),
      {
        default: {},
        description:
          'Resource pools and how many steps may hold each at once: `shell: 8` or `shell: { limit: 8 }`. A step names its pool; a pool named like a step kind is that kind’s own.',
      },
    ),
    storage: group(
      {
        path: Type.String({
          minLength: 1,
          default: '.keystone/state.db',
          description: 'The database of runs. Relative to the project folder.',
        }),
        durability: oneOf(['full', 'normal'], {
          default: 'full',
          description:
            '`full`: every commit is on disk before the run goes on. `normal`: faster; a power cut may lose the last commits, a crash of the process never does.',
        }),
        redactSecretsAtRest: Type.Boolean({
          default: true,
          description:
            'Whether values in the database have their secrets replaced. With `false` secrets are stored readable, so that going on with a run does not need them again; see [secrets](secrets.md#at-rest).',
        }),
        blobThresholdKb: Type.Integer({
          minimum: 1,
          default: 64,
          description: 'Values larger than this many KiB are stored as files beside the database.',
        }),
        retention: group(
          {
            days: Type.Integer({
              minimum: 1,
              description:
                'Forget runs this many days after they ended, where their workflow has no `retention` with `days`. Default: never.',
            }),
            keep: Type.Integer({
              minimum: 1,
              description:
                'Of each workflow forget all runs that have ended but the newest so many, where it has no `retention` with `keep`. Default: keep all.',
            }),
          },
          'How long runs are kept, with their outputs, logs and artifacts.',
        ),
      },
      'Where runs are stored.',
    ),
    wait: group(
      {
        foreground: durationSetting({
          default: '5m',
          description:
            'How long a run that only waits for a timer stays in the foreground before it suspends: a duration such as `30s`, `5m`, `2h`, or milliseconds.',
        }),
      },
      'Waiting runs.',
    ),
    inspect: group(
      {
        port: Type.Integer({
          minimum: 0,
          maximum: 65535,
          default: 0,
          description: 'Port of the inspector page; 0 picks a free one.',
        }),
        open: Type.Boolean({ default: true, description: 'Open a browser when the inspector starts.' }),
      },
      'The inspector of `run --inspect`.',
    ),
    ui: group(
      {
        refreshMs: Type.Integer({
          minimum: 16,
          maximum: 10_000,
          default: 100,
          description: 'Milliseconds between two refreshes of the live display.',
        }),
        color: oneOf(['auto', 'always', 'never'], {
          default: 'auto',
          description:
            'Colours: on terminals only, always, or never. `NO_COLOR` and `--no-color` also switch them off.',
        }),
      },
      'The terminal.',
    ),
    ...sectionSchemas,
  },
  {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'keystone configuration',
    description: 'Settings of a project (.keystone/config.yaml) or of a user.',
    additionalProperties: false,
    required: [],
  },
);
