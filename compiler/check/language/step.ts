/** The fields every step may have, whatever its kind. The published schema, the docs tables and the checks are made from this. */
import { Type } from '@sinclair/typebox';
import { duration, expression, jsonSchema, NOTE, PATTERN_WORDS, templated, words } from './notes.ts';

export const ID_PATTERN = '^[A-Za-z_][A-Za-z0-9_]*$';

const scalar = Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]);

/** `env` of a workflow or step. */
export const envSchema = templated(
  Type.Record(Type.String({ pattern: ID_PATTERN }), scalar, {
    additionalProperties: false,
    [PATTERN_WORDS]: 'letters, digits and "_", not beginning with a digit',
    description:
      'Environment variables, visible to child processes and as `env.NAME`. Values may hold expressions.',
  }),
);

export const retrySchema = Type.Object(
  {
    count: Type.Integer({ minimum: 0, maximum: 1000, description: 'Attempts after the first one.' }),
    backoff: Type.Optional(
      words(['fixed', 'linear', 'exponential'], {
        default: 'exponential',
        description: 'How the delay grows: always `baseDelay`, `baseDelay` × attempt, or doubled each time.',
      }),
    ),
    baseDelay: Type.Optional(duration({ default: '1s', description: 'Delay before the second attempt.' })),
    maxDelay: Type.Optional(
      duration({
        default: '5m',
        description: 'No delay is longer, unless a server asks for more (`Retry-After`).',
      }),
    ),
    jitter: Type.Optional(
      Type.Boolean({
        default: true,
        description: 'Varies each delay at random, so that many runs do not come back at the same moment.',
      }),
    ),
    on: Type.Optional(
      expression({
        description:
          'Expression over `error`; the step is only tried again when it is true. Default: the failure says itself whether another attempt can help.',
      }),
    ),
  },
  { additionalProperties: false, description: 'Attempts after a failure. The wait in between is durable.' },
);

export const strategySchema = Type.Object(
  {
    matrix: Type.Object(
      {
        include: Type.Optional(
          templated(
            Type.Array(Type.Record(Type.String(), Type.Unknown()), {
              description: 'Adds keys to the combinations that match, or whole combinations.',
            }),
          ),
        ),
        exclude: Type.Optional(
          templated(
            Type.Array(Type.Record(Type.String(), Type.Unknown()), {
              description: 'Combinations to leave out.',
            }),
          ),
        ),
      },
      {
        additionalProperties: templated(Type.Array(Type.Unknown(), { minItems: 1 })),
        description: 'Axes by name, each a list of values. Each combination is one item.',
        [NOTE]: 'elsewhere',
      },
    ),
  },
  {
    additionalProperties: false,
    description: 'Runs the step once for each combination of a matrix; `item` holds the combination.',
    [NOTE]: 'elsewhere',
  },
);

/** `foreach` over the lines of a file. */
export const linesSchema = Type.Object(
  {
    lines: Type.String({
      minLength: 1,
      description: 'Path of the file. Relative ones begin at the folder in which the run was started.',
    }),
    allowOutsideCwd: Type.Optional(
      Type.Boolean({ default: false, description: "Lets the path lead out of the run's folder." }),
    ),
  },
  { additionalProperties: false, description: 'The lines of a file as items.' },
);

export const commonStepFields = {
  id: Type.String({
    pattern: ID_PATTERN,
    [NOTE]: 'elsewhere',
    description:
      'Name of the step in `needs` and expressions. Unique in its block (`steps`, `errors` or `finally`).',
  }),
  name: Type.Optional(templated(Type.String({ description: 'Display name; may hold expressions.' }))),
  type: Type.Optional(
    Type.String({
      description:
        'The kind of step. May be left out where its own fields say it, such as `run` for `shell`.',
    }),
  ),
  needs: Type.Optional(
    Type.Unsafe<string | string[]>({
      anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
      description:
        'Ids of steps of the same block that must settle first. References such as `steps.build.output` add theirs by themselves.',
    }),
  ),
  if: Type.Optional(
    Type.Unsafe<string | boolean>({
      anyOf: [{ type: 'string', minLength: 1 }, { type: 'boolean' }],
      description:
        'Expression or boolean; when it is false the step is skipped. Default: all needs succeeded. `always()`, `failure()`, `success()` and `canceled()` look at the needs.',
      [NOTE]: 'expression',
    }),
  ),
  timeout: Type.Optional(
    templated(duration({ description: 'Time allowed for one attempt. Default: no limit.' })),
  ),
  totalTimeout: Type.Optional(
    duration({
      description: 'Time allowed for all attempts and the waits between them together. Default: no limit.',
    }),
  ),
  onTimeout: Type.Optional(
    words(['fail', 'skip'], {
      default: 'fail',
      description: 'What a step that ran out of time becomes; skipped also under `allowFailure`.',
    }),
  ),
  retry: Type.Optional(retrySchema),
  allowFailure: Type.Optional(
    Type.Boolean({
      default: false,
      description:
        'A failure counts as success for the steps that need this one; `outcome` and `error` stay readable.',
    }),
  ),
  foreach: Type.Optional(
    templated(
      Type.Unsafe<string | unknown[] | { lines: string; allowOutsideCwd?: boolean }>({
        anyOf: [expression(), { type: 'array' }, linesSchema],
        description:
          'A list, an expression giving one, or the `lines` of a file: one child of the step for each item, with `item` and `index` in scope.',
      }),
    ),
  ),
  strategy: Type.Optional(strategySchema),
  concurrency: Type.Optional(
    templated(
      Type.Integer({
        minimum: 1,
        default: 50,
        description: 'Items of `foreach` or `strategy.matrix` running at once.',
      }),
    ),
  ),
  failFast: Type.Optional(
    Type.Boolean({ default: true, description: 'The first item that fails cancels the others.' }),
  ),
  pool: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        "Resource pool to wait for. Default: the pool named like the step's kind, if there is one.",
    }),
  ),
  priority: Type.Optional(
    Type.Integer({
      default: 0,
      minimum: -1_000_000,
      maximum: 1_000_000,
      description: 'Higher goes first within the pool.',
    }),
  ),
  env: Type.Optional(envSchema),
  inputSchema: Type.Optional(
    jsonSchema({
      description:
        "JSON Schema of the step's own fields, checked after their expressions are evaluated and before each attempt.",
    }),
  ),
  outputSchema: Type.Optional(
    jsonSchema({ description: "JSON Schema of the step's output, checked after `transform`." }),
  ),
  transform: Type.Optional(
    expression({
      description:
        'Expression over the raw result (`output`; for a shell also `stdout`, `stderr`, `exitCode`) that makes the output.',
    }),
  ),
  idempotencyKey: Type.Optional(
    expression({
      description:
        'Expression giving a text or number that names the effect. A step that would have an effect of the same name again takes the finished result instead.',
    }),
  ),
  idempotencyScope: Type.Optional(
    words(['run', 'global'], {
      default: 'run',
      description: 'Who shares the key: this run with its parents and children, or all runs of the project.',
    }),
  ),
  idempotencyTtlSeconds: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      maximum: 3_153_600_000,
      description: 'How long a finished result counts. Default: until it is cleared.',
    }),
  ),
  idempotencyInFlight: Type.Optional(
    words(['wait', 'fail'], {
      default: 'fail',
      description: 'What to do while another step is having the effect of the same key.',
    }),
  ),
  memoize: Type.Optional(
    Type.Boolean({
      default: false,
      description:
        'Takes the result of an earlier step of the same kind with the same fields, of any run of the project, if there is one.',
    }),
  ),
  memoizeTtlSeconds: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      maximum: 3_153_600_000,
      default: 604_800,
      description: 'How long a memoized result counts.',
    }),
  ),
  breakpoint: Type.Optional(
    Type.Boolean({
      default: false,
      description:
        'Under `run --debug` the run pauses before the step; `keystone unpause` goes on. Only in `steps`.',
    }),
  ),
  compensate: Type.Optional(
    Type.Unsafe<object>({
      type: 'object',
      [NOTE]: 'elsewhere',
      description:
        'A step that undoes this one. Noted durably before the effect; runs in reverse order of completion on error, cancel or rollback.',
    }),
  ),
};

/** Step fields a compensation cannot have: it has no place in the order of the steps, and undoes exactly once. */
export const NOT_IN_COMPENSATE = [
  'needs',
  'foreach',
  'strategy',
  'concurrency',
  'failFast',
  'compensate',
  'breakpoint',
  'memoize',
  'memoizeTtlSeconds',
] as const;
