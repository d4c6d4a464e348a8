/** Who is asked, and with which words and tools: of the step, its agent and their defaults, in that order. */
import { randomUUID } from 'node:crypto';
import type { Static } from '@sinclair/typebox';
import { ExpressionError, evaluate, validateValue } from '#compiler';
import { StepFailure } from '../../kernel/failure.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import type { AgentFile } from '../../services/agents/agent-service.ts';
import type { StepContext } from '../define.ts';
import { agentSchema, type llmSchema } from './schema.ts';
import { STANDARD_TOOL_NAMES } from './standard-tools.ts';

export type LlmFields = Static<typeof llmSchema>;
export type OwnTool = NonNullable<LlmFields['tools']>[number];

/** Kept with the conversation, so that it does not change while it goes on. */
export interface Briefing {
  prompt: string;
  system?: string;
  agent?: string;
  model?: string;
  provider?: string;
  temperature?: number;
  maxTokens?: number;
  /** Names. */
  standardTools: readonly string[];
  ownTools: readonly OwnTool[];
  /** What the answer has to be. */
  answer?: JsonObject;
}

interface AgentHead {
  provider?: string;
  model?: string;
  temperature?: number;
  maxTokens?: number;
  tools?: (string | OwnTool)[];
}

/** @throws {StepFailure} UNKNOWN_AGENT, AGENT_INVALID, TOOL_INVALID */
export async function briefingOf(fields: LlmFields, ctx: StepContext): Promise<Briefing> {
  const file = fields.agent === undefined ? undefined : await ctx.services.agents.find(fields.agent);
  const agent = file === undefined ? {} : headOf(file);
  const own = [...(agent.tools ?? []).filter((tool) => typeof tool !== 'string'), ...(fields.tools ?? [])];
  const standard = fields.useStandardTools === true ? STANDARD_TOOL_NAMES : fields.useStandardTools || [];
  const standardTools = [
    ...new Set([...(agent.tools ?? []).filter((tool) => typeof tool === 'string'), ...standard]),
  ];
  refuseSameNames([...standardTools, ...own.map(({ name }) => name)]);
  const answer = ctx.outputSchema;
  const system = [file && bodyOf(file, ctx), fields.system, answer && askedFor(answer)]
    .filter(Boolean)
    .join('\n\n');
  const chosen = {
    model: fields.model ?? agent.model,
    // A model of the step's own may be another provider's.
    provider: fields.provider ?? (fields.model === undefined ? agent.provider : undefined),
    temperature: fields.temperature ?? agent.temperature,
    maxTokens: fields.maxTokens ?? agent.maxTokens,
    agent: fields.agent,
    answer,
  };
  return {
    prompt: fields.prompt,
    standardTools,
    ownTools: own,
    ...(system !== '' && { system }),
    ...withoutUndefined(chosen),
  };
}

function headOf({ label, frontMatter }: AgentFile): AgentHead {
  const [problem] = validateValue(agentSchema as never, frontMatter);
  if (problem === undefined) return frontMatter as AgentHead;
  const at = problem.path === '' ? 'its front matter' : `"${problem.path}"`;
  throw new StepFailure('AGENT_INVALID', `${label}: ${at} ${problem.message}`);
}

function bodyOf({ label, body }: AgentFile, { env, runId, attempt, clock }: StepContext): string {
  try {
    const value = evaluate(
      body,
      { env, run: { id: runId, attempt } },
      { hooks: { now: () => clock.now(), uuid: randomUUID } },
    );
    return typeof value === 'string' ? value : JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new StepFailure('AGENT_INVALID', `${label}: ${error.message}; agents see "env" and "run"`);
  }
}

/** For models that have no other means; the others are told by those too. */
const askedFor = (schema: JsonObject): string =>
  schema.type === 'string'
    ? ''
    : `Your final answer is JSON, without any other text, that fits this JSON Schema: ${JSON.stringify(schema)}`;

function refuseSameNames(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new StepFailure('TOOL_INVALID', `two tools are called "${twice}"`);
}

type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

const withoutUndefined = <T extends Record<string, Json | undefined>>(values: T): Defined<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
