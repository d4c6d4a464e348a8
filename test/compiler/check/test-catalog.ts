/** A small catalog for the compiler's tests, independent of the kinds keystone ships. */
import { Type } from '@sinclair/typebox';
import type { KindSpec, StepCatalog } from '../../../compiler/catalog.ts';
import { duration } from '../../../compiler/check/language/notes.ts';

const shell: KindSpec = {
  kind: 'shell',
  summary: 'Runs a script.',
  schema: Type.Object(
    {
      run: Type.Optional(Type.String({ minLength: 1, description: 'Script.' })),
      args: Type.Optional(Type.Array(Type.String(), { description: 'Program and arguments.' })),
      dir: Type.Optional(Type.String({ description: 'Folder.' })),
      parse: Type.Optional(
        Type.Union([Type.Literal('json'), Type.Literal('lines')], { description: 'Format.' }),
      ),
      grace: Type.Optional(duration({ description: 'Time to end.' })),
    },
    { additionalProperties: false, oneOf: [{ required: ['run'] }, { required: ['args'] }] },
  ),
  inferredBy: ['run'],
  shellQuotedFields: ['run'],
};

const file: KindSpec = {
  kind: 'file',
  summary: 'Works on a file.',
  schema: Type.Object(
    {
      op: Type.Union([Type.Literal('read'), Type.Literal('write')], { description: 'What to do.' }),
      path: Type.String({ minLength: 1, description: 'The file.' }),
      mode: Type.Optional(Type.Integer({ minimum: 0, maximum: 511, description: 'Permissions.' })),
      options: Type.Optional(
        Type.Object(
          { force: Type.Optional(Type.Boolean()) },
          { additionalProperties: false, description: 'More.' },
        ),
      ),
      headers: Type.Optional(Type.Record(Type.String(), Type.String(), { description: 'Anything.' })),
    },
    { additionalProperties: false },
  ),
};

const fetch: KindSpec = {
  kind: 'fetch',
  summary: 'Gets a URL.',
  schema: Type.Object({ url: Type.String({ description: 'Where.' }) }, { additionalProperties: false }),
  inferredBy: ['url'],
};

const wait: KindSpec = {
  kind: 'wait',
  summary: 'Waits for an event.',
  schema: Type.Object(
    {
      event: Type.String({ description: 'Name.' }),
      match: Type.Optional(Type.String({ description: 'Filter.' })),
    },
    { additionalProperties: false },
  ),
  expressionFields: ['match'],
};

/** May send the run back. */
const review: KindSpec = {
  kind: 'review',
  summary: 'Asks.',
  schema: Type.Object(
    { rewindTo: Type.Optional(Type.String({ description: 'Earlier step.' })) },
    { additionalProperties: false },
  ),
  wayBack: { field: 'rewindTo' },
};

/** Its schema needs keywords the structural walk does not know. */
const mail: KindSpec = {
  kind: 'mail',
  summary: 'Sends mail.',
  schema: Type.Object(
    {
      to: Type.String({ format: 'email', description: 'Address.' }),
      parts: Type.Optional(
        Type.Object(
          { text: Type.Optional(Type.String()), count: Type.Optional(Type.Integer({ multipleOf: 2 })) },
          { additionalProperties: false, minProperties: 1, description: 'Body.' },
        ),
      ),
    },
    { additionalProperties: false },
  ),
};

const join: KindSpec = {
  kind: 'join',
  summary: 'Waits for needs.',
  control: 'join',
  schema: Type.Object(
    {
      condition: Type.Optional(Type.Union([Type.String(), Type.Integer()], { description: 'How many.' })),
      timeout: Type.Optional(duration({ description: 'How long.' })),
      onTimeout: Type.Optional(
        Type.Union([Type.Literal('fail'), Type.Literal('partial')], { description: 'Then what.' }),
      ),
      cancelRest: Type.Optional(Type.Boolean({ description: 'End the others.' })),
    },
    { additionalProperties: false },
  ),
};

export const testCatalog: StepCatalog = new Map(
  [shell, file, fetch, wait, review, mail, join].map((kind) => [kind.kind, kind]),
);
