/** The configuration's schema as a page. */
import { CONFIG_KEYS, PLANNED_KEYS } from '../../config/index.ts';
import { codeCell, markdownTable } from './markdown.ts';

export function configPage(): string {
  const rows = CONFIG_KEYS.map(({ key, schema, variable }) => [
    codeCell(key),
    schema.default === undefined ? '' : codeCell(JSON.stringify(schema.default)),
    codeCell(variable),
    schema.description ?? '',
  ]);
  const sections = [
    '# Configuration',
    'Settings are looked for in this order; the first place that has a value wins, key by key:',
    [
      '1. a flag of the command line, such as `--no-color`',
      '2. a `KEYSTONE_*` environment variable (`NO_COLOR` and `FORCE_COLOR` are understood too)',
      '3. the project: `.keystone/config.yaml` in the nearest folder upwards that has `.keystone/`, or the file given with `--config`',
      '4. the user: `$XDG_CONFIG_HOME/keystone/config.yaml` (`~/.config/keystone/config.yaml` on Linux)',
      '5. the default',
    ].join('\n'),
    '`keystone config show --origin` tells what is in force and where each value came from, with file, line and column. `keystone config check` reports all problems at once.',
    markdownTable(['key', 'default', 'variable', 'meaning'], rows),
    'A complete file:',
    [
      '```yaml',
      'concurrency: 16',
      'pools:',
      '  shell: 8',
      '  api: { limit: 2 }',
      'storage: { durability: normal }',
      'wait: { foreground: 10m }',
      'ui: { color: auto }',
      '```',
    ].join('\n'),
    'In a variable, pools are written `KEYSTONE_POOLS=shell=8,api=2`; pools of all places are merged by name.',
    '## Refused keys',
    `Nothing is silently ignored. An unknown key is an error that names the nearest known one. These keys are known, but not supported by this version yet, and are refused: ${[...PLANNED_KEYS].map(codeCell).join(', ')}. Expressions (\`\${{ }}\`) in the configuration are not supported yet either.`,
  ];
  return `${sections.join('\n\n')}\n`;
}
