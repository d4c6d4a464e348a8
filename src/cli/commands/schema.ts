/** `keystone schema`: the JSON Schemas of what people write and of what `--json` prints. */
import { configSchema } from '../../config/index.ts';
import { EXIT } from '../../kernel/exit-codes.ts';
import { KeystoneError } from '../../kernel/failure.ts';
import type { CommandContext, CommandSpec } from '../command.ts';
import { JSON_SHAPES } from '../json-shapes.ts';
import { nearest } from '../nearest.ts';

const NAMES = ['workflow', 'config', ...Object.keys(JSON_SHAPES).map((name) => `cli/${name}`)];

export const schemaCommand: CommandSpec = {
  name: 'schema',
  summary: 'print a JSON Schema',
  details:
    'Of workflow files (the default) with the step kinds of this project, of the configuration, or of what --json prints.',
  arguments: [{ name: 'name', description: NAMES.join(', '), optional: true, complete: NAMES }],
  examples: [
    ['keystone schema > workflow.schema.json', 'for an editor: # yaml-language-server: $schema=…'],
    ['keystone schema config', 'schema of .keystone/config.yaml'],
    ['keystone schema cli/run', 'schema of what run --json prints'],
  ],
  async run(context, { arguments: [name = 'workflow'] }) {
    const schema = await schemaNamed(name, context);
    if (schema === undefined) {
      const near = nearest(name, NAMES);
      const hint = near === undefined ? `known: ${NAMES.join(', ')}` : `did you mean ${near}?`;
      throw new KeystoneError('UNKNOWN_SCHEMA', `there is no schema "${name}"`, {
        exitCode: EXIT.usage,
        hint,
      });
    }
    context.terminal.json(schema);
    return EXIT.success;
  },
};

async function schemaNamed(name: string, context: CommandContext): Promise<unknown> {
  if (name === 'config') return configSchema;
  if (name.startsWith('cli/')) return JSON_SHAPES[name.slice('cli/'.length)];
  if (name !== 'workflow') return undefined;
  const { project } = await context.open();
  const { workflowJsonSchema } = await import('#compiler');
  return workflowJsonSchema(project.kinds);
}
