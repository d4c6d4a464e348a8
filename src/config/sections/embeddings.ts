/** `embeddings:` the endpoint that makes vectors of texts; without it memories are found by their words alone. */
import { Type } from '@sinclair/typebox';
import { group } from '../leaves.ts';
import { defineSection } from './section.ts';

/** Undefined: there is none. */
export type EmbeddingsConfig =
  | {
      readonly baseUrl: string;
      readonly model: string;
      /** Variable of the environment that holds the key. */
      readonly apiKeyEnv: string | undefined;
    }
  | undefined;

export const embeddings = defineSection<EmbeddingsConfig>({
  schema: group(
    {
      base_url: Type.String({
        minLength: 1,
        description:
          'Base of an OpenAI-compatible API with `/embeddings`, such as `http://localhost:11434/v1`. Without it memories are found by their words alone.',
      }),
      model: Type.String({ minLength: 1, description: 'Model that makes the vectors.' }),
      api_key_env: Type.String({
        minLength: 1,
        description: 'Environment variable that holds the key of the API.',
      }),
    },
    'Vectors for memories.',
  ),
  read({ get }) {
    const baseUrl = get<string | undefined>('embeddings.base_url');
    const model = get<string | undefined>('embeddings.model');
    if (baseUrl === undefined || model === undefined) return undefined;
    return { baseUrl, model, apiKeyEnv: get('embeddings.api_key_env') };
  },
});
