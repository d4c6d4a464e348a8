/** Messages by Anthropic's client. */
import type Anthropic from '@anthropic-ai/sdk';
import { StepFailure } from '../../kernel/failure.ts';
import type { ChatMessage, ChatReply, ToolCall, Usage } from './chat.ts';
import { chatFailure } from './chat-failure.ts';
import type { Chat, ProviderRequest, ProviderSettings } from './provider.ts';

type Event = Anthropic.Messages.RawMessageStreamEvent;
type Block = Anthropic.Messages.ContentBlockParam;

/** The API wants a limit. */
const DEFAULT_MAX_TOKENS = 8192;
/** The tool by which an answer of a schema is given: models call it with what they would have written. */
const ANSWER_TOOL = 'give_answer';

const clients = new Map<string, Promise<Anthropic>>();

export const chatWithAnthropic: Chat = async (settings, request, { signal, onText }) => {
  const turn = { provider: settings.name, model: request.model, signal, timeoutMs: settings.timeoutMs };
  try {
    const client = await clientOf(settings);
    const stream = await client.messages.create({ ...bodyOf(request), stream: true }, { signal });
    const answer = new Answer(request.model);
    for await (const event of stream) {
      const text = answer.take(event);
      if (text !== '') onText?.(text);
    }
    return answer.finished();
  } catch (error) {
    throw chatFailure(error, turn);
  }
};

/** Loaded when the first turn needs it: the client takes 200 ms to import. */
function clientOf(settings: ProviderSettings): Promise<Anthropic> {
  const key = JSON.stringify(settings);
  const known = clients.get(key);
  if (known !== undefined) return known;
  const made = import('@anthropic-ai/sdk').then(
    ({ default: Client }) =>
      new Client({
        apiKey: settings.apiKey,
        timeout: settings.timeoutMs,
        // Retries are ours: durable, counted, and told.
        maxRetries: 0,
        ...(settings.baseUrl !== undefined && { baseURL: settings.baseUrl }),
      }),
  );
  clients.set(key, made);
  return made;
}

function bodyOf(request: ProviderRequest): Anthropic.Messages.MessageCreateParamsNonStreaming {
  const { model, system, messages, tools = [], toolChoice, answer, temperature, maxTokens } = request;
  const all = tools.map(({ name, description, parameters }) => ({
    name,
    description,
    input_schema: { ...parameters, type: 'object' as const },
  }));
  // Among other tools the model may still have to look something up before it answers.
  if (answer !== undefined)
    all.push({
      name: ANSWER_TOOL,
      description: 'Gives the final answer.',
      input_schema: { ...answer.schema, type: 'object' },
    });
  return {
    model,
    max_tokens: maxTokens ?? DEFAULT_MAX_TOKENS,
    messages: messagesOf(messages),
    ...(system !== undefined && { system }),
    ...(all.length > 0 && { tools: all }),
    ...(choiceOf(toolChoice, answer !== undefined, tools.length > 0) ?? {}),
    ...(temperature !== undefined && { temperature: Math.min(1, temperature) }),
  };
}

function choiceOf(
  choice: ProviderRequest['toolChoice'],
  wantsAnswer: boolean,
  hasTools: boolean,
): { tool_choice: Anthropic.Messages.ToolChoice } | undefined {
  if (wantsAnswer) return { tool_choice: hasTools ? { type: 'any' } : { type: 'tool', name: ANSWER_TOOL } };
  if (!hasTools || choice === undefined) return undefined;
  return { tool_choice: { type: choice === 'required' ? 'any' : choice } };
}

/** Results of tools are parts of what the user says; those of one turn belong into one message. */
function messagesOf(messages: readonly ChatMessage[]): Anthropic.Messages.MessageParam[] {
  const params: Anthropic.Messages.MessageParam[] = [];
  for (const message of messages) {
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const content = blocksOf(message);
    const last = params.at(-1);
    if (last?.role === role && Array.isArray(last.content)) last.content.push(...content);
    else params.push({ role, content });
  }
  return params;
}

function blocksOf(message: ChatMessage): Block[] {
  switch (message.role) {
    case 'user':
      return [{ type: 'text', text: message.content }];
    case 'tool':
      return [
        {
          type: 'tool_result',
          tool_use_id: message.callId,
          content: message.content,
          ...(message.isError === true && { is_error: true }),
        },
      ];
    case 'assistant':
      return [
        ...(message.content === '' ? [] : [{ type: 'text' as const, text: message.content }]),
        ...(message.toolCalls ?? []).map(({ id, name, arguments: given }) => ({
          type: 'tool_use' as const,
          id,
          name,
          input: parsed(given),
        })),
      ];
    default:
      return message satisfies never;
  }
}

/** What was malformed when the model wrote it cannot be sent back as it was. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { malformed: text };
  }
}

/** Puts the pieces of a stream together. */
class Answer {
  #text = '';
  #finish: string | null = null;
  #usage: Usage = { input: 0, cachedInput: 0, output: 0 };
  readonly #calls = new Map<number, ToolCall>();

  constructor(private model: string) {}

  /** @returns the text that came with it. */
  take(event: Event): string {
    switch (event.type) {
      case 'message_start': {
        this.model = event.message.model;
        const { input_tokens, cache_read_input_tokens, cache_creation_input_tokens, output_tokens } =
          event.message.usage;
        const cachedInput = cache_read_input_tokens ?? 0;
        const input = input_tokens + cachedInput + (cache_creation_input_tokens ?? 0);
        this.#usage = { input, cachedInput, output: output_tokens };
        return '';
      }
      case 'content_block_start':
        if (event.content_block.type === 'tool_use')
          this.#calls.set(event.index, {
            id: event.content_block.id,
            name: event.content_block.name,
            arguments: '',
          });
        return '';
      case 'content_block_delta':
        return this.#delta(event.index, event.delta);
      case 'message_delta':
        this.#finish = event.delta.stop_reason ?? this.#finish;
        this.#usage.output = event.usage.output_tokens;
        return '';
      default:
        return '';
    }
  }

  #delta(index: number, delta: Anthropic.Messages.RawContentBlockDelta): string {
    const call = this.#calls.get(index);
    if (delta.type === 'input_json_delta' && call !== undefined) call.arguments += delta.partial_json;
    if (delta.type !== 'text_delta') return '';
    this.#text += delta.text;
    return delta.text;
  }

  /** @throws {StepFailure} LLM_STREAM_CUT when it ended without an end. */
  finished(): Omit<ChatReply, 'provider' | 'cost'> {
    if (this.#finish === null)
      throw new StepFailure('LLM_STREAM_CUT', `the answer of ${this.model} broke off`, { retryable: true });
    const calls = [...this.#calls.values()].map((call) => ({
      ...call,
      arguments: call.arguments === '' ? '{}' : call.arguments,
    }));
    const given = calls.find(({ name }) => name === ANSWER_TOOL);
    const facts = { usage: this.#usage, model: this.model };
    if (given !== undefined) return { ...facts, content: given.arguments, toolCalls: [], finish: 'stop' };
    return {
      ...facts,
      content: this.#text,
      toolCalls: calls,
      finish: calls.length > 0 ? 'tools' : endOf(this.#finish),
    };
  }
}

function endOf(reason: string): ChatReply['finish'] {
  if (reason === 'refusal') return 'refused';
  return reason === 'max_tokens' || reason === 'model_context_window_exceeded' ? 'length' : 'stop';
}
