/** The fields of an llm step, and of the front matter of an agent. */
import { type TSchema, Type } from '@sinclair/typebox';
import { STANDARD_TOOL_NAMES } from './standard-tools.ts';

const text = (description: string) => Type.Optional(Type.String({ minLength: 1, description }));

const toolSchema = Type.Object(
  {
    name: Type.String({ pattern: '^[a-zA-Z0-9_-]{1,64}$' }),
    description: Type.String({ minLength: 1 }),
    parameters: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    execution: Type.Record(Type.String(), Type.Unknown()),
  },
  { additionalProperties: false },
);

const standardName = Type.Union(STANDARD_TOOL_NAMES.map((name) => Type.Literal(name)));

const temperature = Type.Optional(
  Type.Number({ minimum: 0, maximum: 2, description: 'How freely it answers, from 0 to 2.' }),
);
const maxTokens = Type.Optional(
  Type.Integer({
    minimum: 1,
    description: 'Tokens of one reply at most; an answer that is cut there fails.',
  }),
);

export const llmSchema = Type.Object(
  {
    prompt: Type.String({ minLength: 1, description: 'What the model is asked.' }),
    agent: text(
      'Who is asked: `agents/<name>.md` beside the workflow, or `.keystone/agents/<name>.md`. Default: the model itself.',
    ),
    system: text('Instructions that come before everything else; of an agent, after its own.'),
    model: text(
      'The model, such as `gpt-5-mini` or `local:llama3.2`. Default: that of the agent, then of the provider.',
    ),
    provider: text(
      'A name of `providers` in the configuration. Default: by the model, then `default_provider`.',
    ),
    temperature,
    maxTokens,
    maxIterations: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1000,
        default: 10,
        description: 'Turns of the model at most; repairs are not counted.',
      }),
    ),
    tools: Type.Optional(
      Type.Array(toolSchema, {
        description:
          'Tools of its own: `name`, `description`, `parameters` (a JSON Schema of the arguments) and `execution`, a step that sees the arguments as `args`.',
      }),
    ),
    useStandardTools: Type.Optional(
      Type.Union([Type.Boolean(), Type.Array(standardName)], {
        description: 'The tools that come with keystone: `true` for all, or a list of names.',
      }),
    ),
    outputRetries: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 10,
        default: 2,
        description: 'How often the model is asked again when its answer does not fit `outputSchema`.',
      }),
    ),
    repairStrategy: Type.Optional(
      Type.Literal('reask', {
        default: 'reask',
        description: 'How an answer that does not fit is repaired. `reask`: the model is told what is wrong.',
      }),
    ),
    stream: Type.Optional(
      Type.Boolean({ default: true, description: "Whether text goes to the step's log as it comes." }),
    ),
  },
  { additionalProperties: false },
);

/** Front matter of an agent. */
export const agentSchema: TSchema = Type.Object(
  {
    name: text(''),
    description: text(''),
    provider: text(''),
    model: text(''),
    temperature,
    maxTokens,
    tools: Type.Optional(Type.Array(Type.Union([standardName, toolSchema]))),
  },
  { additionalProperties: false },
);
