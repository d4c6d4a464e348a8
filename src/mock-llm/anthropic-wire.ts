/** Anthropic's messages on the wire: one JSON body, or a stream of named events. */
import { randomUUID } from 'node:crypto';
import type { Json, JsonObject } from '../kernel/json.ts';
import { type Asked, piecesOf, type Reply, textOf } from './script.ts';
import type { Wire } from './wire.ts';

const FINISH = { stop: 'end_turn', length: 'max_tokens', refused: 'refusal' } as const;

export const anthropicWire: Wire = {
  asked(body): Asked {
    const messages = Array.isArray(body.messages) ? (body.messages as JsonObject[]) : [];
    const { content } = messages.at(-1) ?? {};
    return {
      model: String(body.model ?? ''),
      last: typeof content === 'string' ? content : plainText(content),
    };
  },
  error: (status, message) => ({ type: 'error', error: { type: errorType(status), message } }),
  whole: (reply, { model }) => ({
    ...message(reply, model),
    content: blocksOf(reply),
    stop_reason: finishOf(reply),
  }),
  events(reply, { model }) {
    const blocks = blocksOf(reply).flatMap((block, index) => blockEvents(block, index, reply));
    const { input, cached = 0, output } = reply.usage ?? { input: 10, output: 5 };
    const start = message(reply, model);
    return [
      { type: 'message_start', message: { ...start, usage: { ...usage(input, cached), output_tokens: 1 } } },
      ...blocks,
      {
        type: 'message_delta',
        delta: { stop_reason: finishOf(reply), stop_sequence: null },
        usage: { output_tokens: output },
      },
      { type: 'message_stop' },
    ].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  },
  end: '',
};

function message(reply: Reply, model: string): JsonObject {
  const { input, cached = 0, output } = reply.usage ?? { input: 10, output: 5 };
  return {
    id: `msg_${randomUUID()}`,
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...usage(input, cached), output_tokens: output },
  };
}

/** Cached tokens are counted beside the others here. */
const usage = (input: number, cached: number): JsonObject => ({
  input_tokens: input - cached,
  cache_read_input_tokens: cached,
  cache_creation_input_tokens: 0,
});

type Block = { type: 'text'; text: string } | { type: 'tool_use'; id: string; name: string; input: Json };

function blocksOf(reply: Reply): Block[] {
  const text = textOf(reply);
  const calls = (reply.tool_calls ?? []).map(
    ({ name, arguments: input }): Block => ({
      type: 'tool_use',
      id: `toolu_${randomUUID().slice(0, 8)}`,
      name,
      input: input as Json,
    }),
  );
  return [...(text === '' && calls.length > 0 ? [] : [{ type: 'text' as const, text }]), ...calls];
}

function blockEvents(block: Block, index: number, { chunks }: Reply): { type: string }[] {
  const start = block.type === 'text' ? { type: 'text', text: '' } : { ...block, input: {} };
  const deltas =
    block.type === 'text'
      ? piecesOf(block.text, chunks).map((text) => ({ type: 'text_delta', text }))
      : piecesOf(typeof block.input === 'string' ? block.input : JSON.stringify(block.input), 2).map(
          (partial_json) => ({
            type: 'input_json_delta',
            partial_json,
          }),
        );
  return [
    { type: 'content_block_start', index, content_block: start },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ] as { type: string }[];
}

const finishOf = (reply: Reply): string =>
  (reply.tool_calls?.length ?? 0) > 0 ? 'tool_use' : FINISH[(reply.finish ?? 'stop') as keyof typeof FINISH];

function errorType(status: number): string {
  if (status === 429) return 'rate_limit_error';
  if (status === 529) return 'overloaded_error';
  if (status === 401) return 'authentication_error';
  return status < 500 ? 'invalid_request_error' : 'api_error';
}

function plainText(content: unknown): string {
  if (!Array.isArray(content)) return JSON.stringify(content ?? '');
  return content
    .map((block: { text?: unknown; content?: unknown }) =>
      typeof block.text === 'string' ? block.text : plainPart(block.content),
    )
    .join('\n');
}

const plainPart = (content: unknown): string =>
  typeof content === 'string' ? content : plainText(content ?? []);
