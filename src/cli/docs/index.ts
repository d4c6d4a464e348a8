/** Files written by `npm run generate` from the tables of the command line and the configuration. */
import { configSchema } from '../../config/index.ts';
import { COMMANDS } from '../commands/index.ts';
import { JSON_SHAPES } from '../json-shapes.ts';
import { commandIndex, commandPage } from './command-page.ts';
import { configPage } from './config-page.ts';
import { exitCodesPage } from './exit-codes-page.ts';

/** Text by path relative to the repository: `docs/commands/*.md`, `docs/config.md`, `docs/exit-codes.md`, `schemas/config.schema.json`, `schemas/cli/*.json`. */
export function cliGeneratedFiles(): Record<string, string> {
  const visible = COMMANDS.filter(({ hidden }) => hidden !== true);
  const pages = visible.map((spec) => [`docs/commands/${spec.name.replace(' ', '-')}.md`, commandPage(spec)]);
  const schemas = Object.entries(JSON_SHAPES).map(([name, schema]) => [
    `schemas/cli/${name}.schema.json`,
    `${JSON.stringify({ $schema: 'https://json-schema.org/draft/2020-12/schema', ...schema }, null, 2)}\n`,
  ]);
  return {
    'docs/commands/README.md': commandIndex(visible),
    ...Object.fromEntries(pages),
    'docs/config.md': configPage(),
    'docs/exit-codes.md': exitCodesPage(),
    'schemas/config.schema.json': `${JSON.stringify(configSchema, null, 2)}\n`,
    ...Object.fromEntries(schemas),
  };
}
