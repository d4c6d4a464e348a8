/** What a provider has to be able to do, and what it is told. */
import type { ChatHooks, ChatReply, ChatRequest } from './chat.ts';

export interface ProviderSettings {
  name: string;
  type: 'openai' | 'anthropic';
  baseUrl?: string;
  /** Empty: the service wants none. */
  apiKey: string;
  /** For one turn, in ms. */
  timeoutMs: number;
}

/** A turn whose model is known. */
export type ProviderRequest = Omit<ChatRequest, 'model' | 'provider'> & { model: string };

/** @throws {StepFailure} as `LlmService.chat` says. */
export type Chat = (
  settings: ProviderSettings,
  request: ProviderRequest,
  hooks: Pick<ChatHooks, 'signal' | 'onText'>,
) => Promise<Omit<ChatReply, 'provider' | 'cost'>>;
