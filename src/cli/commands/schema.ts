/** `keystone schema`: the JSON Schemas of what people write and of what `--json` prints. */
import { configSchema } from '../../config/index.ts';
import { EXIT } from '../../kernel/exit-codes.ts';
import { KeystoneError } from '../../kernel/failure.ts';
import type { CommandSpec } from '../command.ts';
import { JSON_SHAPES } from '../json-shapes.ts';
import { nearest } from '../nearest.ts';

const CLI_NAMES = Object.keys(JSON_SHAPES).map((name) => `cli/${name}`);
const NAMES = ['config', ...CLI_NAMES];

export const schemaCommand: CommandSpec = {
  name: 'schema',
  summary: 'print a JSON Schema',
  arguments: [{ name: 'name', description: NAMES.join(', '), complete: NAMES }],
  examples: [
    ['keystone schema config', 'schema of .keystone/config.yaml'],
    ['keystone schema cli/run', 'schema of what run --json prints'],
  ],
  async run(context, { arguments: [name = ''] }) {
    const schema = name === 'config' ? configSchema : JSON_SHAPES[name.replace(/^cli\//, '')];
    if (schema === undefined || (name !== 'config' && !CLI_NAMES.includes(name))) {
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
