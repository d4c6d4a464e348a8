/** Chat completions by OpenAI's client, for OpenAI and everything compatible. */
import type OpenAI from 'openai';
import { StepFailure } from '../../kernel/failure.ts';
import type { ChatMessage, ChatReply, ToolCall, Usage } from './chat.ts';
import { chatFailure } from './chat-failure.ts';
import type { Chat, ProviderRequest, ProviderSettings } from './provider.ts';

type Chunk = OpenAI.Chat.Completions.ChatCompletionChunk;
type Message = OpenAI.Chat.Completions.ChatCompletionMessageParam;

const clients = new Map<string, Promise<OpenAI>>();

export const chatWithOpenai: Chat = async (settings, request, { signal, onText }) => {
  const turn = { provider: settings.name, model: request.model, signal, timeoutMs: settings.timeoutMs };
  try {
    const client = await clientOf(settings);
    const stream = await client.chat.completions.create(
      { ...bodyOf(request), stream: true, stream_options: { include_usage: true } },
      { signal },
    );
    const answer = new Answer(request.model);
    for await (const chunk of stream) {
      const text = answer.take(chunk);
      if (text !== '') onText?.(text);
    }
    return answer.finished();
  } catch (error) {
    throw chatFailure(error, turn);
  }
};

/** Loaded when the first turn needs it: the client takes 100 ms to import. */
function clientOf(settings: ProviderSettings): Promise<OpenAI> {
  const key = JSON.stringify(settings);
  const known = clients.get(key);
  if (known !== undefined) return known;
  const made = import('openai').then(
    ({ default: Client }) =>
      new Client({
        apiKey: settings.apiKey === '' ? 'none' : settings.apiKey,
        timeout: settings.timeoutMs,
        // Retries are ours: durable, counted, and told.
        maxRetries: 0,
        ...(settings.baseUrl !== undefined && { baseURL: settings.baseUrl }),
      }),
  );
  clients.set(key, made);
  return made;
}

function bodyOf(
  request: ProviderRequest,
): Omit<OpenAI.Chat.Completions.ChatCompletionCreateParamsStreaming, 'stream'> {
  const { model, system, messages, tools = [], toolChoice, answer, temperature, maxTokens } = request;
  return {
    model,
    messages: [
      ...(system === undefined ? [] : [{ role: 'system' as const, content: system }]),
      ...messages.map(messageOf),
    ],
    ...(tools.length > 0 && {
      tools: tools.map(({ name, description, parameters }) => ({
        type: 'function' as const,
        function: { name, description, parameters },
      })),
      ...(toolChoice !== undefined && { tool_choice: toolChoice }),
    }),
    ...(answer !== undefined && {
      response_format: {
        type: 'json_schema' as const,
        json_schema: { name: answer.name, schema: answer.schema },
      },
    }),
    ...(temperature !== undefined && { temperature }),
    ...(maxTokens !== undefined && { max_completion_tokens: maxTokens }),
  };
}

function messageOf(message: ChatMessage): Message {
  switch (message.role) {
    case 'user':
      return { role: 'user', content: message.content };
    case 'tool':
      return { role: 'tool', tool_call_id: message.callId, content: message.content };
    case 'assistant':
      return {
        role: 'assistant',
        content: message.content,
        ...(message.toolCalls !== undefined &&
          message.toolCalls.length > 0 && {
            tool_calls: message.toolCalls.map(({ id, name, arguments: given }) => ({
              id,
              type: 'function' as const,
              function: { name, arguments: given },
            })),
          }),
      };
    default:
      return message satisfies never;
  }
}

/** Puts the pieces of a stream together. */
class Answer {
  #text = '';
  #refused = '';
  #finish: string | undefined;
  #usage: Usage = { input: 0, cachedInput: 0, output: 0 };
  readonly #calls = new Map<number, ToolCall>();

  constructor(private model: string) {}

  /** @returns the text that came with it. */
  take(chunk: Chunk): string {
    if (chunk.model !== '') this.model = chunk.model;
    if (chunk.usage) {
      const { prompt_tokens: input, completion_tokens: output, prompt_tokens_details: details } = chunk.usage;
      this.#usage = { input, cachedInput: details?.cached_tokens ?? 0, output };
    }
    const [choice] = chunk.choices;
    if (choice === undefined) return '';
    if (choice.finish_reason) this.#finish = choice.finish_reason;
    this.#refused += choice.delta.refusal ?? '';
    for (const { index, id, function: call } of choice.delta.tool_calls ?? []) {
      const known = this.#calls.get(index) ?? { id: id ?? `call-${index}`, name: '', arguments: '' };
      this.#calls.set(index, {
        id: id ?? known.id,
        name: known.name + (call?.name ?? ''),
        arguments: known.arguments + (call?.arguments ?? ''),
      });
    }
    const text = choice.delta.content ?? '';
    this.#text += text;
    return text;
  }

  /** @throws {StepFailure} LLM_STREAM_CUT when it ended without an end. */
  finished(): Omit<ChatReply, 'provider' | 'cost'> {
    if (this.#finish === undefined)
      throw new StepFailure('LLM_STREAM_CUT', `the answer of ${this.model} broke off`, { retryable: true });
    const toolCalls = [...this.#calls.values()];
    return {
      content: this.#text === '' ? this.#refused : this.#text,
      toolCalls,
      finish: toolCalls.length > 0 ? 'tools' : endOf(this.#finish, this.#refused),
      usage: this.#usage,
      model: this.model,
    };
  }
}

function endOf(reason: string, refused: string): ChatReply['finish'] {
  if (reason === 'content_filter' || refused !== '') return 'refused';
  return reason === 'length' ? 'length' : 'stop';
}
