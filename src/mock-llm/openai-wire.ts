/** OpenAI's chat completions on the wire: one JSON body, or a stream of chunks. */
import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../kernel/json.ts';
import { type Asked, piecesOf, type Reply, textOf } from './script.ts';
import type { Wire } from './wire.ts';

const FINISH = { stop: 'stop', length: 'length', refused: 'content_filter' } as const;

export const openaiWire: Wire = {
  asked(body): Asked {
    const messages = Array.isArray(body.messages) ? (body.messages as JsonObject[]) : [];
    const { content } = messages.at(-1) ?? {};
    return {
      model: String(body.model ?? ''),
      last: typeof content === 'string' ? content : JSON.stringify(content ?? ''),
    };
  },
  error: (status, message) => ({
    error: {
      message,
      type: status === 429 ? 'rate_limit_exceeded' : 'server_error',
      code: null,
      param: null,
    },
  }),
  whole(reply, { model }) {
    const calls = callsOf(reply);
    return {
      ...head('chat.completion', model),
      choices: [
        {
          index: 0,
          finish_reason: finishOf(reply),
          logprobs: null,
          message: {
            role: 'assistant',
            content: calls.length > 0 && textOf(reply) === '' ? null : textOf(reply),
            refusal: null,
            ...(calls.length > 0 && { tool_calls: calls }),
          },
        },
      ],
      usage: usageOf(reply),
    };
  },
  events(reply, { model }, body) {
    const chunk = (delta: JsonObject, finish: string | null = null): JsonObject => ({
      ...head('chat.completion.chunk', model),
      choices: [{ index: 0, delta, finish_reason: finish, logprobs: null }],
    });
    const calls = callsOf(reply).flatMap(({ id, type, function: call }, index) => [
      chunk({ tool_calls: [{ index, id, type, function: { name: call.name, arguments: '' } }] }),
      ...piecesOf(call.arguments, 2).map((piece) =>
        chunk({ tool_calls: [{ index, function: { arguments: piece } }] }),
      ),
    ]);
    const options = body.stream_options as { include_usage?: boolean } | undefined;
    const usage = { ...head('chat.completion.chunk', model), choices: [], usage: usageOf(reply) };
    return [
      chunk({ role: 'assistant', content: '' }),
      ...piecesOf(textOf(reply), reply.chunks).map((content) => chunk({ content })),
      ...calls,
      chunk({}, finishOf(reply)),
      ...(options?.include_usage === true ? [usage] : []),
    ].map((data) => `data: ${JSON.stringify(data)}\n\n`);
  },
  end: 'data: [DONE]\n\n',
};

const head = (object: string, model: string) => ({
  id: `chatcmpl-${randomUUID()}`,
  object,
  created: 1_700_000_000,
  model,
});

const finishOf = (reply: Reply): string =>
  (reply.tool_calls?.length ?? 0) > 0
    ? 'tool_calls'
    : FINISH[(reply.finish ?? 'stop') as keyof typeof FINISH];

const callsOf = ({ tool_calls = [] }: Reply) =>
  tool_calls.map(({ name, arguments: given }) => ({
    id: `call_${randomUUID().slice(0, 8)}`,
    type: 'function' as const,
    function: { name, arguments: typeof given === 'string' ? given : JSON.stringify(given) },
  }));

function usageOf({ usage = { input: 10, output: 5 } }: Reply): JsonObject {
  const { input, cached = 0, output } = usage;
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cached },
  };
}
