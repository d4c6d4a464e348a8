/** Turns of conversations with models: finds the provider, asks it, and says what it cost. */
import { StepFailure } from '../../kernel/failure.ts';
import type { ChatRequest, LlmService } from './chat.ts';
import { costOf, longestMatch, type Price } from './price.ts';
import type { Chat, ProviderSettings } from './provider.ts';

/** As configured; the keys are found when they are needed. */
export interface LlmConfig {
  providers: Readonly<Record<string, ConfiguredProvider>>;
  defaultProvider: string | undefined;
  modelMappings: Readonly<Record<string, string>>;
  /** The environment in which `apiKeyEnv` is looked up. */
  environment: Readonly<Record<string, string>>;
  /** Begins to play a script, unless it is played already. @returns where: `http://127.0.0.1:<port>` */
  playMock?(script: string): Promise<string>;
}

export interface ConfiguredProvider extends Omit<ProviderSettings, 'apiKey'> {
  apiKey?: string;
  apiKeyEnv?: string;
  defaultModel?: string;
  /** Script of a model that is played, instead of asking anybody. */
  mock?: string;
  prices: Readonly<Record<string, Price>>;
}

export function createLlmService(config: LlmConfig): LlmService {
  return {
    async chat(request, hooks) {
      const { provider, model } = route(config, request);
      hooks.onDecision?.({ what: 'route', provider: provider.name, model, reason: reasonOf(request) });
      const settings = await settingsOf(provider, config);
      const chat = await chatOf(provider.type);
      const reply = await chat(settings, { ...request, model }, hooks);
      const cost =
        costOf(reply.model, reply.usage, provider.prices) ?? costOf(model, reply.usage, provider.prices);
      return { ...reply, provider: provider.name, ...(cost !== undefined && { cost }) };
    },
  };
}

async function settingsOf(
  provider: ConfiguredProvider,
  { environment, playMock }: LlmConfig,
): Promise<ProviderSettings> {
  if (provider.mock === undefined || playMock === undefined)
    return { ...provider, apiKey: keyOf(provider, environment) };
  const url = await playMock(provider.mock);
  return { ...provider, apiKey: 'mock', baseUrl: provider.type === 'openai' ? `${url}/v1` : url };
}

async function chatOf(type: ProviderSettings['type']): Promise<Chat> {
  if (type === 'openai') return (await import('./openai-chat.ts')).chatWithOpenai;
  return (await import('./anthropic-chat.ts')).chatWithAnthropic;
}

interface Route {
  provider: ConfiguredProvider;
  model: string;
}

/** `provider:model`, then `provider`, then the mappings of models, then the default. @throws {StepFailure} UNKNOWN_PROVIDER, UNKNOWN_MODEL */
export function route(
  { providers, defaultProvider, modelMappings }: LlmConfig,
  request: Pick<ChatRequest, 'model' | 'provider'>,
): Route {
  const [prefix, rest] = splitModel(request.model, providers);
  const mapped = rest === undefined ? undefined : longestMatch(rest, Object.keys(modelMappings));
  const names = Object.keys(providers);
  if (names.length === 0) throw noProviders();
  const name =
    request.provider ??
    prefix ??
    (mapped === undefined ? undefined : modelMappings[mapped]) ??
    defaultProvider ??
    (names.length === 1 ? names[0] : undefined);
  if (name === undefined)
    throw new StepFailure(
      'UNKNOWN_PROVIDER',
      `which of the providers ${names.join(', ')} is meant? Name one by "provider", by "provider:model", or set default_provider`,
    );
  const provider = Object.hasOwn(providers, name) ? providers[name] : undefined;
  if (provider === undefined)
    throw new StepFailure(
      'UNKNOWN_PROVIDER',
      `there is no provider "${name}"; configured are ${names.join(', ') || 'none'}`,
    );
  const model = rest ?? provider.defaultModel;
  if (model === undefined)
    throw new StepFailure(
      'UNKNOWN_MODEL',
      `which model of "${name}"? Name one by "model", or set providers.${name}.default_model`,
    );
  return { provider, model };
}

/** A colon in a model's own name (`llama3.2:1b`) is no provider's. */
function splitModel(
  model: string | undefined,
  providers: LlmConfig['providers'],
): [string | undefined, string | undefined] {
  if (model === undefined) return [undefined, undefined];
  const colon = model.indexOf(':');
  const prefix = model.slice(0, colon);
  return colon > 0 && Object.hasOwn(providers, prefix)
    ? [prefix, model.slice(colon + 1)]
    : [undefined, model];
}

const reasonOf = ({ model, provider }: ChatRequest): string =>
  provider !== undefined
    ? 'the step names it'
    : model === undefined
      ? 'the default'
      : `it answers for ${model}`;

function keyOf(
  { name, apiKey, apiKeyEnv }: ConfiguredProvider,
  environment: Readonly<Record<string, string>>,
): string {
  const key = apiKey ?? (apiKeyEnv === undefined ? '' : environment[apiKeyEnv]);
  if (key !== undefined && (key !== '' || apiKeyEnv === undefined)) return key;
  throw new StepFailure('LLM_AUTH', `provider "${name}" takes its key from ${apiKeyEnv}, which is not set`);
}

const noProviders = (): StepFailure =>
  new StepFailure(
    'UNKNOWN_PROVIDER',
    'no provider of models is configured: add one to .keystone/config.yaml, such as providers: { local: { type: openai, base_url: http://localhost:11434/v1, api_key: unused, default_model: llama3.2 } }',
  );
