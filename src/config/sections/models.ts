/** Which provider answers for which model. */
import { Type } from '@sinclair/typebox';
import { defineSection } from './section.ts';

/** Provider of steps that name neither provider nor a model that is mapped. Undefined: the only one there is. */
export const defaultProvider = defineSection<string | undefined>({
  schema: Type.String({
    minLength: 1,
    description: 'Provider of steps that name none. Default: the only one that is configured.',
  }),
  read: ({ get }) => get('default_provider'),
});

/** Pattern of models → provider. */
export const modelMappings = defineSection<Readonly<Record<string, string>>>({
  schema: Type.Record(Type.String({ pattern: '^.+$' }), Type.String({ minLength: 1 }), {
    default: {},
    description:
      'Which provider answers for models of which names: `{ "gpt-*": openai, "claude-*": claude }`.',
  }),
  read: ({ entries }) => entries('model_mappings'),
});
