/** The fields of a workflow file. The published schema, the docs tables and the checks are made from this. */
import { Type } from '@sinclair/typebox';
import { duration, jsonSchema, NOTE, PATTERN_WORDS, templated, words } from './notes.ts';
import { envSchema } from './step.ts';

export const WORKFLOW_NAME_PATTERN = '^[a-z0-9][a-z0-9_-]*$';
/** Pools are named freely, often like a kind, such as `@scope/kind`. */
const POOL_PATTERN = '^(?!x-)[A-Za-z0-9_@][A-Za-z0-9_.@/-]*$';
export const INPUT_TYPES = ['string', 'number', 'integer', 'boolean', 'array', 'object'] as const;

/** What an input adds to the JSON Schema keywords it may hold. */
export const inputSchema = Type.Object(
  {
    type: words(INPUT_TYPES, { description: 'JSON type of the value.' }),
    description: Type.Optional(
      Type.String({ description: 'What the value is for; shown when it is missing.' }),
    ),
    default: Type.Optional(
      Type.Unknown({ description: 'Value when none is given. An input without a default must be given.' }),
    ),
    values: Type.Optional(
      Type.Array(Type.Unknown(), { minItems: 1, description: 'The only values allowed.' }),
    ),
    secret: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Replaced by `***` wherever it would be shown or stored.',
      }),
    ),
  },
  { additionalProperties: true },
);

const steps = (description: string) =>
  Type.Unsafe<object[]>({ type: 'array', [NOTE]: 'elsewhere', items: {}, description });

export const poolSchema = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, description: 'Steps that may hold the pool at once.' }),
    priority: Type.Optional(
      Type.Boolean({
        default: true,
        description: 'Serve waiting steps by their `priority`; `false`: first come, first served.',
      }),
    ),
  },
  { additionalProperties: false },
);

export const workflowFields = {
  name: Type.String({
    pattern: WORKFLOW_NAME_PATTERN,
    [PATTERN_WORDS]: 'lower-case letters, digits, "-" and "_", beginning with a letter or digit',
    description: 'Name of the workflow: lower-case letters, digits, `-` and `_`.',
  }),
  description: Type.Optional(templated(Type.String({ description: 'What the workflow is for.' }))),
  version: Type.Optional(
    Type.Union([Type.String(), Type.Number()], {
      description: "The author's own version; stored with every run.",
    }),
  ),
  inputs: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), {
      [NOTE]: 'elsewhere',
      description: 'Values a run is started with, by name.',
    }),
  ),
  outputs: Type.Optional(
    templated(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'Values the run ends with, by name; usually expressions.',
      }),
    ),
  ),
  outputSchema: Type.Optional(
    jsonSchema({ description: 'JSON Schema of `outputs`, checked when the run completes.' }),
  ),
  env: Type.Optional(envSchema),
  concurrency: Type.Optional(
    templated(Type.Integer({ minimum: 1, description: 'Steps running at once in this run.' })),
  ),
  pools: Type.Optional(
    Type.Record(
      Type.String({ pattern: POOL_PATTERN }),
      Type.Union([Type.Integer({ minimum: 1 }), poolSchema]),
      {
        additionalProperties: false,
        [PATTERN_WORDS]: 'letters, digits, "_", "-", ".", "@" and "/"',
        description:
          'Limits of resource pools by name: a number, or `limit` and `priority`. A pool of the configuration can only be made smaller.',
      },
    ),
  ),
  timeout: Type.Optional(duration({ description: 'Time allowed for the whole run. Default: no limit.' })),
  on_overlap: Type.Optional(
    words(['allow', 'queue', 'reject', 'cancel-previous'], {
      default: 'allow',
      description:
        'What happens when a run starts while another of the same workflow has not ended: both run; it waits for its turn; it is refused; or it cancels the others and begins when they have ended.',
    }),
  ),
  on_failure: Type.Optional(
    words(['drain', 'continue', 'cancel'], {
      default: 'drain',
      description:
        'After a step failed for good: start nothing new and let running steps end (`drain`), let steps that do not need it go on (`continue`), or abort running steps too (`cancel`).',
    }),
  ),
  retention: Type.Optional(
    Type.Object(
      {
        days: Type.Optional(
          Type.Integer({ minimum: 1, description: 'Forget runs this many days after they ended.' }),
        ),
        keep: Type.Optional(
          Type.Integer({
            minimum: 1,
            description: 'Forget all runs that have ended but the newest so many.',
          }),
        ),
      },
      {
        additionalProperties: false,
        minProperties: 1,
        description:
          'How long runs of this workflow are kept, `days` after they ended or the newest so many (`keep`), with their outputs, logs and artifacts. Default: as configured.',
      },
    ),
  ),
  tags: Type.Optional(Type.Array(Type.String(), { description: 'Labels of every run of this workflow.' })),
  steps: steps('The steps of the workflow, at least one.'),
  errors: Type.Optional(
    steps(
      'Steps that run after a step failed for good; `last_failed_step` tells which. The run stays failed.',
    ),
  ),
  finally: Type.Optional(
    steps('Steps that always run last. A failure here is reported and never hides the first one.'),
  ),
  compensate: Type.Optional(
    Type.Unsafe<object>({
      type: 'object',
      [NOTE]: 'elsewhere',
      description: "A step that undoes the whole workflow, run after the steps' own compensations.",
    }),
  ),
};
