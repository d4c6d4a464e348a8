/** `providers:` the services that answer as models. */
import { resolve } from 'node:path';
import { Type } from '@sinclair/typebox';
import { parseDurationMs } from '../duration.ts';
import { DURATION_PATTERN } from '../leaves.ts';
import { defineSection } from './section.ts';

/** In the currency of the user, per million tokens. */
export interface Price {
  readonly input: number;
  /** Of what the provider has cached. @default as input */
  readonly cached?: number;
  readonly output: number;
}

export interface ProviderConfig {
  readonly name: string;
  readonly type: 'openai' | 'anthropic';
  /** @default the provider's own */
  readonly baseUrl?: string;
  /** Variable of the environment that holds the key. */
  readonly apiKeyEnv?: string;
  /** The key itself, for servers that want any. */
  readonly apiKey?: string;
  readonly defaultModel?: string;
  /** Time for one turn, in ms. @default 600000 */
  readonly timeoutMs: number;
  readonly region?: string;
  /** Script of a model that keystone plays itself, instead of asking anybody. Absolute. */
  readonly mock?: string;
  /** By model; `*` stands for anything, the longest pattern that fits counts. */
  readonly prices: Readonly<Record<string, Price>>;
}

interface Written {
  type: 'openai' | 'anthropic';
  base_url?: string;
  api_key_env?: string;
  api_key?: string;
  default_model?: string;
  timeout?: string | number;
  region?: string;
  mock?: string;
  prices?: Record<string, Price>;
}

const DEFAULT_TIMEOUT_MS = 600_000;

const text = Type.Optional(Type.String({ minLength: 1 }));
const amount = Type.Number({ minimum: 0 });

export const providers = defineSection<Readonly<Record<string, ProviderConfig>>>({
  schema: Type.Record(
    Type.String({ pattern: '^[a-z0-9][a-z0-9_-]*$' }),
    Type.Object(
      {
        type: Type.Union([Type.Literal('openai'), Type.Literal('anthropic')]),
        base_url: text,
        api_key_env: text,
        api_key: text,
        default_model: text,
        timeout: Type.Optional(
          Type.Union([Type.Integer({ minimum: 1 }), Type.String({ pattern: DURATION_PATTERN })]),
        ),
        region: text,
        mock: text,
        prices: Type.Optional(
          Type.Record(
            Type.String(),
            Type.Object(
              { input: amount, cached: Type.Optional(amount), output: amount },
              { additionalProperties: false },
            ),
          ),
        ),
      },
      { additionalProperties: false },
    ),
    {
      default: {},
      description:
        'Who answers as a model, by name: `local: { type: openai, base_url: http://localhost:11434/v1, api_key: unused, default_model: llama3.2 }`. `type` is `openai` (any server with OpenAI’s chat completions) or `anthropic`; `api_key_env` names the variable with the key; `mock` is the script of a [model that is played](steps/llm.md#without-a-model), relative to the project’s folder; `prices` are per million tokens: `{ "gpt-*": { input: 1, cached: 0.1, output: 4 } }`.',
    },
  ),
  read: ({ entries, folder }) =>
    Object.fromEntries(
      Object.entries(entries<Written>('providers')).map(([name, written]) => [
        name,
        providerOf(name, written, folder),
      ]),
    ),
});

function providerOf(name: string, written: Written, folder: string): ProviderConfig {
  const { type, base_url, api_key_env, api_key, default_model, timeout, region, mock, prices = {} } = written;
  return {
    name,
    type,
    timeoutMs: (timeout === undefined ? undefined : parseDurationMs(timeout)) ?? DEFAULT_TIMEOUT_MS,
    prices,
    ...(base_url !== undefined && { baseUrl: base_url }),
    ...(api_key_env !== undefined && { apiKeyEnv: api_key_env }),
    ...(api_key !== undefined && { apiKey: api_key }),
    ...(default_model !== undefined && { defaultModel: default_model }),
    ...(region !== undefined && { region }),
    ...(mock !== undefined && { mock: resolve(folder, mock) }),
  };
}
