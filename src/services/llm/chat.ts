/**
 * One turn of a conversation with a model, in keystone's own words: what every provider is asked, and what it answers.
 * Plain JSON, so that a turn can be written down and read again.
 */
import type { Json, JsonObject } from '../../kernel/json.ts';

export interface ToolSpec {
  /** `[a-zA-Z0-9_-]{1,64}` */
  name: string;
  description: string;
  /** JSON Schema of the arguments, an object. */
  parameters: JsonObject;
}

export interface ToolCall {
  /** The provider's, or made up when it gives none; unique in its turn. */
  id: string;
  name: string;
  /** JSON text as the model wrote it; it may be malformed. */
  arguments: string;
}

export type ChatMessage =
  | { role: 'user'; content: string }
  | {
      role: 'assistant';
      content: string;
      toolCalls?: ToolCall[];
      /** What this provider wants back unchanged, such as signed thinking; other providers never see it. */
      opaque?: { provider: string; value: Json };
    }
  | { role: 'tool'; callId: string; name: string; content: string; isError?: boolean };

export interface ChatRequest {
  /** As the author wrote it: `gpt-5-mini`, `local:llama3.2`. Absent: the default model of the provider. */
  model?: string;
  /** Absent: by the model's name (`model_mappings`), else the default provider. */
  provider?: string;
  system?: string;
  messages: ChatMessage[];
  tools?: ToolSpec[];
  /** @default 'auto' when there are tools */
  toolChoice?: 'auto' | 'none' | 'required';
  /** The answer is to be JSON of this schema, by whatever means the provider has. */
  answer?: { name: string; schema: JsonObject };
  /** 0 to 2. */
  temperature?: number;
  maxTokens?: number;
}

/** Counts of tokens. */
export interface Usage {
  /** All that was read, cached ones included. */
  input: number;
  /** Of these, read from the provider's cache. */
  cachedInput: number;
  output: number;
}

export interface ChatReply {
  content: string;
  toolCalls: ToolCall[];
  /** `length`: maxTokens was reached; `refused`: the model or the provider's filter declined. */
  finish: 'stop' | 'tools' | 'length' | 'refused';
  usage: Usage;
  /** Name in the configuration. */
  provider: string;
  /** The provider's own name of what answered. */
  model: string;
  /** In the currency of the configured prices; absent when there is no price. */
  cost?: number;
  /** It came from keystone's cache: nothing was asked and nothing paid. */
  fromCache?: true;
  opaque?: { provider: string; value: Json };
}

/** Something the service decided: which provider and why, a failover, a breaker, a budget. Goes into events and `show`. */
export interface ChatDecision {
  what: 'route' | 'failover' | 'breaker' | 'budget' | 'cache';
  provider?: string;
  model?: string;
  reason: string;
}

export interface ChatHooks {
  signal: AbortSignal;
  /** Text as it comes. */
  onText?(delta: string): void;
  onDecision?(decision: ChatDecision): void;
  /** Of the step, for routing and budgets. */
  step: { runId: string; path: string };
}

export interface LlmService {
  /**
   * One turn: routed, failed over, cached and metered as configured.
   * @throws {StepFailure} LLM_RATE_LIMIT, LLM_OVERLOADED, LLM_TIMEOUT, LLM_SERVER (retryable), LLM_AUTH, LLM_REQUEST, LLM_CONTEXT_LENGTH,
   * BUDGET_EXCEEDED, UNKNOWN_PROVIDER, LLM_STREAM_CUT (retryable).
   */
  chat(request: ChatRequest, hooks: ChatHooks): Promise<ChatReply>;
}
