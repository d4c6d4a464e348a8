/** What was said so far, made from the notes of the step: whoever goes on with them pays for nothing twice. */
import type { Json } from '../../kernel/json.ts';
import type { ChatMessage, ChatReply, ToolCall, Usage } from '../../services/llm/chat.ts';
import type { StepNotes } from '../define.ts';
import type { Briefing } from './briefing.ts';

export interface ToolResult {
  content: string;
  isError?: true;
}

/** In the order they are kept; each before anyone acts on it. */
export type Note =
  /** How the conversation began: a changed agent does not change one that goes on. */
  | { note: 'begun'; briefing: Briefing }
  | { note: 'reply'; reply: ChatReply }
  | { note: 'tool.begun'; turn: number; callId: string }
  | ({ note: 'tool.ended'; turn: number; callId: string } & ToolResult)
  /** What is wrong with the answer, as the model is told. */
  | { note: 'repair'; text: string };

export class Conversation {
  readonly messages: ChatMessage[];
  readonly usage: Usage = { input: 0, cachedInput: 0, output: 0 };
  cost: number | undefined;
  turns = 0;
  repairs = 0;
  reply: ChatReply | undefined;
  /** Calls of the last reply that have no result yet. */
  readonly #open = new Map<string, ToolCall>();

  /** @param id tells it from others of the same step */
  constructor(
    readonly briefing: Briefing,
    readonly id: string,
  ) {
    this.messages = [{ role: 'user', content: briefing.prompt }];
  }

  get openCalls(): readonly ToolCall[] {
    return [...this.#open.values()];
  }

  /** How the last turn ended, if what it wants has not been done yet. */
  get turnEnd(): ChatReply['finish'] | null {
    if (this.reply === undefined || this.messages.at(-1)?.role === 'user') return null;
    if (this.reply.finish === 'tools' && this.#open.size === 0) return null;
    return this.reply.finish;
  }

  take(note: Note): void {
    switch (note.note) {
      case 'begun':
      case 'tool.begun':
        return;
      case 'reply':
        this.#reply(note.reply);
        return;
      case 'tool.ended':
        this.#result(note.callId, note);
        return;
      case 'repair':
        this.repairs++;
        this.messages.push({ role: 'user', content: note.text });
        return;
      default:
        note satisfies never;
    }
  }

  #reply(reply: ChatReply): void {
    const { content, toolCalls, usage, opaque, cost } = reply;
    this.turns++;
    this.reply = reply;
    this.messages.push({
      role: 'assistant',
      content,
      ...(toolCalls.length > 0 && { toolCalls }),
      ...(opaque && { opaque }),
    });
    for (const call of toolCalls) this.#open.set(call.id, call);
    this.usage.input += usage.input;
    this.usage.cachedInput += usage.cachedInput;
    this.usage.output += usage.output;
    if (cost !== undefined) this.cost = (this.cost ?? 0) + cost;
  }

  /** Results stand in the order they were asked for, whichever came first. */
  #result(callId: string, { content, isError }: ToolResult): void {
    const call = this.#open.get(callId);
    if (call === undefined) return;
    this.#open.delete(callId);
    this.messages.push({ role: 'tool', callId, name: call.name, content, ...(isError && { isError }) });
    const order = (this.reply?.toolCalls ?? []).map(({ id }) => id);
    const first = this.messages.findLastIndex(({ role }) => role === 'assistant') + 1;
    const results = this.messages.splice(first);
    const place = (message: ChatMessage): number =>
      message.role === 'tool' ? order.indexOf(message.callId) : -1;
    this.messages.push(...results.sort((a, b) => place(a) - place(b)));
  }
}

/** The conversation that is to go on: none when there was none, or when a former attempt has brought it to its end. */
export async function keptConversation(
  notes: Pick<StepNotes, 'read'>,
  attempt: number,
): Promise<Conversation | undefined> {
  const kept = await notes.read();
  // The parsing edge: only this kind writes notes of this step.
  const bodies = kept.map(({ body }) => body as unknown as Note);
  const start = bodies.findLastIndex(({ note }) => note === 'begun');
  const begun = bodies[start];
  if (begun?.note !== 'begun') return undefined;
  const conversation = new Conversation(begun.briefing, idOf(kept[start]?.attempt ?? attempt));
  for (const note of bodies.slice(start + 1)) conversation.take(note);
  const isFormer = (kept.at(-1)?.attempt ?? attempt) < attempt;
  const isOver = conversation.turnEnd !== null && conversation.openCalls.length === 0;
  return isFormer && isOver ? undefined : conversation;
}

export const idOf = (attempt: number): string => String(attempt);

export const asJson = (note: Note): Json => note as unknown as Json;
