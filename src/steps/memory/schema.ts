/** The fields of a memory step. */
import { Type } from '@sinclair/typebox';

export const MEMORY_OPS = ['store', 'search', 'forget'] as const;

export const memorySchema = Type.Object(
  {
    op: Type.Union(
      MEMORY_OPS.map((op) => Type.Literal(op)),
      { description: '`store` a text, `search` for texts, or `forget` some.' },
    ),
    text: Type.Optional(Type.String({ minLength: 1, description: 'What to `store`.' })),
    query: Type.Optional(
      Type.String({ minLength: 1, description: 'What to `search` for: words, or a question.' }),
    ),
    metadata: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description:
          'Of `store`: kept with the text, for filters. The same text with the same metadata is one memory.',
      }),
    ),
    filter: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description:
          'Of `search` and `forget`: metadata a memory must have. A list means one of its values. `{}` lets `forget` clear everything.',
      }),
    ),
    ids: Type.Optional(
      Type.Union([Type.String({ minLength: 1 }), Type.Array(Type.String({ minLength: 1 }))], {
        description: 'Of `forget`: the ids that `store` and `search` gave.',
      }),
    ),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1000, default: 5, description: 'Of `search`: how many at most.' }),
    ),
    scope: Type.Optional(
      Type.Union([Type.Literal('project'), Type.Literal('global')], {
        description:
          '`project`: beside the runs of this project. `global`: shared by all projects of the user. Default: `memory.scope` of the configuration.',
      }),
    ),
    model: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Model that makes the vectors, instead of the configured one. Needs `embeddings` in the configuration.',
      }),
    ),
  },
  { additionalProperties: false },
);
