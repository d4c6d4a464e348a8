/** What a mock model answers: replies in a script, each for the turns it matches, as often as it says. */
import { type Static, Type } from '@sinclair/typebox';
import { parse } from 'yaml';
import { validateValue } from '#compiler';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';

const toolCall = Type.Object(
  {
    name: Type.String({ minLength: 1 }),
    arguments: Type.Unknown({ description: 'An object, or text that is sent as it is, malformed or not.' }),
  },
  { additionalProperties: false },
);

export const replySchema = Type.Object(
  {
    match: Type.Optional(
      Type.String({ description: 'Regular expression that the last message must fit. Default: any.' }),
    ),
    model: Type.Optional(Type.String({ description: 'Only for this model. Default: any.' })),
    times: Type.Optional(
      Type.Union([Type.Integer({ minimum: 1 }), Type.Literal('always')], {
        default: 1,
        description: 'How often it is given.',
      }),
    ),
    text: Type.Optional(Type.String()),
    json: Type.Optional(Type.Unknown({ description: 'The text, as JSON.' })),
    tool_calls: Type.Optional(Type.Array(toolCall)),
    finish: Type.Optional(
      Type.Union(
        ['stop', 'length', 'refused'].map((finish) => Type.Literal(finish)),
        { default: 'stop' },
      ),
    ),
    usage: Type.Optional(
      Type.Object(
        { input: Type.Integer(), cached: Type.Optional(Type.Integer()), output: Type.Integer() },
        { additionalProperties: false },
      ),
    ),
    chunks: Type.Optional(
      Type.Integer({ minimum: 1, default: 3, description: 'Pieces a streamed text comes in.' }),
    ),
    delayMs: Type.Optional(
      Type.Integer({ minimum: 0, default: 0, description: 'Before the answer begins.' }),
    ),
    status: Type.Optional(
      Type.Integer({ minimum: 400, maximum: 599, description: 'An error instead: 429, 500, 529 …' }),
    ),
    error: Type.Optional(Type.String({ description: 'Message of the error.' })),
    retryAfter: Type.Optional(Type.Number({ description: 'Seconds, in the header of an error.' })),
    cutAfter: Type.Optional(
      Type.Integer({ minimum: 0, description: 'The connection is cut after so many events of the stream.' }),
    ),
  },
  { additionalProperties: false },
);

export type Reply = Static<typeof replySchema>;

const scriptSchema = Type.Object({ replies: Type.Array(replySchema) }, { additionalProperties: false });

export interface MockScript {
  replies: readonly Reply[];
}

/** @throws {KeystoneError} MOCK_SCRIPT (exit 2) with what is wrong. */
export function parseMockScript(text: string, label: string): MockScript {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw invalid(label, (error as Error).message.split('\n')[0] ?? '');
  }
  const [problem] = validateValue(scriptSchema, value as never);
  if (problem !== undefined) throw invalid(label, `${problem.path || 'it'} ${problem.message}`);
  const script = value as MockScript;
  for (const [index, { match }] of script.replies.entries())
    if (match !== undefined && !isPattern(match))
      throw invalid(label, `replies[${index}].match is no regular expression: ${match}`);
  return script;
}

const invalid = (label: string, problem: string): KeystoneError =>
  new KeystoneError('MOCK_SCRIPT', `${label}: ${problem}`, {
    exitCode: EXIT.usage,
    hint: 'a script is { replies: [{ text: … }, { tool_calls: […] }, { status: 429 }] }',
  });

function isPattern(text: string): boolean {
  try {
    new RegExp(text, 's');
    return true;
  } catch {
    return false;
  }
}

/** What the model is asked, whatever the protocol. */
export interface Asked {
  model: string;
  /** Text of the last message. */
  last: string;
}

/** Gives out replies; keeps count. */
export class Replies {
  readonly #left: { reply: Reply; times: number; pattern: RegExp | undefined }[];

  constructor({ replies }: MockScript) {
    this.#left = replies.map((reply) => ({
      reply,
      times: reply.times === 'always' ? Number.POSITIVE_INFINITY : (reply.times ?? 1),
      pattern: reply.match === undefined ? undefined : new RegExp(reply.match, 's'),
    }));
  }

  /** The first that fits and is left; undefined when the script has none. */
  next({ model, last }: Asked): Reply | undefined {
    const found = this.#left.find(
      ({ reply, times, pattern }) =>
        times > 0 && (reply.model === undefined || reply.model === model) && (pattern?.test(last) ?? true),
    );
    if (found !== undefined) found.times--;
    return found?.reply;
  }
}

export const textOf = ({ text, json }: Reply): string =>
  text ?? (json === undefined ? '' : JSON.stringify(json));

/** A text in about equal pieces. */
export function piecesOf(text: string, count = 3): string[] {
  const size = Math.max(1, Math.ceil(text.length / count));
  return text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? [];
}
