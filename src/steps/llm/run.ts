/** One attempt of an llm step: goes on with the conversation its notes tell of, by the statechart of conversations. */
import { StepFailure } from '../../kernel/failure.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import type { ChatReply, ToolCall } from '../../services/llm/chat.ts';
import type { ToolLoopEnd } from '../../services/llm/tool-loop.ts';
import type { StepContext, StepResult } from '../define.ts';
import { type Answer, answerOf } from './answer.ts';
import { briefingOf, type LlmFields } from './briefing.ts';
import { asJson, Conversation, idOf, keptConversation, type Note, type ToolResult } from './conversation.ts';
import { isStepTool, runStepTool, Tools, useReadingTool } from './tools.ts';

const MAX_ITERATIONS = 10;
const OUTPUT_RETRIES = 2;

/**
 * Output: the text, or what it says as JSON when there is an `outputSchema`. Raw: `usage {input, cachedInput, output, cost}`, `turns`,
 * `model`, `provider`.
 * @throws {StepFailure} LLM_REFUSED, LLM_LENGTH, LLM_ITERATIONS, LLM_ANSWER (retryable), those of briefings, tools and providers.
 */
export async function runLlm(fields: LlmFields, ctx: StepContext): Promise<StepResult> {
  const { maxIterations = MAX_ITERATIONS, outputRetries = OUTPUT_RETRIES } = fields;
  const talk = new Talk(await openConversation(fields, ctx), fields, ctx);
  const { turns, repairs, turnEnd } = talk.conversation;
  const end = await ctx.services.toolLoop(
    { maxIterations, maxRepairs: outputRetries, turns, repairs, turnEnd },
    {
      request: (onText) => talk.request(onText),
      callTools: () => talk.callTools(),
      answerFits: () => 'value' in talk.answer(),
      repair: () => talk.repair(),
    },
  );
  return talk.result(end, maxIterations);
}

async function openConversation(fields: LlmFields, ctx: StepContext): Promise<Conversation> {
  const kept = await keptConversation(ctx.notes, ctx.attempt);
  if (kept !== undefined) return kept;
  const briefing = await briefingOf(fields, ctx);
  await ctx.notes.keep(asJson({ note: 'begun', briefing }));
  return new Conversation(briefing, idOf(ctx.attempt));
}

class Talk {
  readonly #tools: Tools;

  constructor(
    readonly conversation: Conversation,
    readonly fields: LlmFields,
    readonly ctx: StepContext,
  ) {
    this.#tools = new Tools(conversation.briefing);
  }

  async request(onText: () => void): Promise<ChatReply['finish']> {
    const { conversation, ctx } = this;
    const { messages, briefing } = conversation;
    const { model, provider, system, temperature, maxTokens, answer } = briefing;
    const turn = conversation.turns + 1;
    ctx.tell({ type: 'llm.request', detail: { turn, ...(model !== undefined && { model }) } });
    const tools = this.#tools.specs;
    const live = new LiveText(ctx, this.fields.stream !== false);
    const reply = await ctx.services.llm.chat(
      {
        messages: [...messages],
        ...(model !== undefined && { model }),
        ...(provider !== undefined && { provider }),
        ...(system !== undefined && { system }),
        ...(temperature !== undefined && { temperature }),
        ...(maxTokens !== undefined && { maxTokens }),
        ...(tools.length > 0 && { tools }),
        ...(answer?.type === 'object' && { answer: { name: 'answer', schema: answer } }),
      },
      {
        signal: ctx.signal,
        step: { runId: ctx.runId, path: ctx.path },
        onText: (text) => live.show(text, onText),
      },
    );
    live.end();
    await this.#keep({ note: 'reply', reply });
    const { finish, usage, cost } = reply;
    ctx.tell({
      type: 'llm.finished',
      detail: {
        turn,
        finish,
        provider: reply.provider,
        model: reply.model,
        usage: { ...usage },
        ...(cost !== undefined && { cost }),
      },
    });
    return finish;
  }

  /** First those that are done here: while runs of their own go on, the step does nothing else. */
  async callTools(): Promise<void> {
    const calls = this.conversation.openCalls.map((call) => ({ call, checked: this.#tools.check(call) }));
    const here: Promise<void>[] = [];
    const asRuns: (() => Promise<void>)[] = [];
    for (const { call, checked } of calls) {
      if ('refused' in checked) {
        here.push(this.#call(call, async () => ({ content: checked.refused, isError: true })));
        continue;
      }
      const { tool, args } = checked;
      if (!isStepTool(tool)) here.push(this.#call(call, () => useReadingTool(tool, args, this.ctx)));
      else {
        const key = `${this.conversation.id}.${this.conversation.turns}.${call.id}`;
        asRuns.push(() => this.#call(call, () => runStepTool(tool, args, key, this.ctx)));
      }
    }
    await allEnded(here);
    await allEnded(asRuns.map((run) => run()));
  }

  async #call({ id, name }: ToolCall, work: () => Promise<ToolResult>): Promise<void> {
    const turn = this.conversation.turns;
    await this.#keep({ note: 'tool.begun', turn, callId: id });
    const result = await work();
    await this.#keep({ note: 'tool.ended', turn, callId: id, ...result });
    this.ctx.tell({ type: 'llm.tool', detail: { turn, name, ok: result.isError !== true } });
  }

  answer(): Answer {
    const { reply, briefing } = this.conversation;
    return answerOf(reply?.content ?? '', briefing.answer);
  }

  async repair(): Promise<void> {
    const answer = this.answer();
    const problem = 'problem' in answer ? answer.problem : '';
    const text = `Your answer does not fit the JSON Schema: ${problem}. Answer again with the whole JSON, and nothing else.`;
    this.ctx.tell({ type: 'step.repairing', detail: { repair: this.conversation.repairs + 1, problem } });
    await this.#keep({ note: 'repair', text });
  }

  async #keep(note: Note): Promise<void> {
    await this.ctx.notes.keep(asJson(note));
    this.conversation.take(note);
  }

  result(end: ToolLoopEnd, maxIterations: number): StepResult {
    const { reply, usage, cost, turns } = this.conversation;
    if (reply === undefined) throw new Error('a conversation ended without a reply');
    const answer = this.answer();
    if (end !== 'answered' || !('value' in answer))
      throw failureOf(end, reply, maxIterations, 'problem' in answer ? answer.problem : '');
    const raw: JsonObject = {
      usage: { ...usage, ...(cost !== undefined && { cost }) },
      turns,
      model: reply.model,
      provider: reply.provider,
    };
    return { output: answer.value, raw };
  }
}

/** All of them end before the first failure is told: nothing goes on behind the back of the step. */
async function allEnded(works: readonly Promise<void>[]): Promise<void> {
  const ends = await Promise.allSettled(works);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

function failureOf(end: ToolLoopEnd, reply: ChatReply, maxIterations: number, problem: string): StepFailure {
  const who = `${reply.model} (${reply.provider})`;
  const details: Record<string, Json> = { content: reply.content.slice(0, 1000) };
  switch (end) {
    case 'refused':
      return new StepFailure('LLM_REFUSED', `${who} declined to answer`, { details });
    case 'length':
      return new StepFailure('LLM_LENGTH', `the answer of ${who} was cut: allow more by "maxTokens"`, {
        details,
      });
    case 'iterations':
      return new StepFailure(
        'LLM_ITERATIONS',
        `${who} asks for ${reply.toolCalls.map(({ name }) => name).join(', ')} after ${maxIterations} turns; "maxIterations" allows no more`,
      );
    default:
      return new StepFailure('LLM_ANSWER', `the answer of ${who} does not fit "outputSchema": ${problem}`, {
        retryable: true,
        details,
      });
  }
}

/** Text of the model in the step's log, as it comes. */
class LiveText {
  #last = '';

  constructor(
    readonly ctx: StepContext,
    readonly isShown: boolean,
  ) {}

  show(text: string, onFirst: () => void): void {
    if (this.#last === '' && text !== '') onFirst();
    if (text !== '') this.#last = text;
    if (this.isShown) this.ctx.log.output('stdout', Buffer.from(text));
  }

  end(): void {
    if (this.isShown && this.#last !== '' && !this.#last.endsWith('\n'))
      this.ctx.log.output('stdout', Buffer.from('\n'));
  }
}
