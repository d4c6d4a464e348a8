/** `keystone config show`: every setting, and where it came from. */
import { CONFIG_KEYS, type LoadedConfig } from '../../config/index.ts';
import { EXIT } from '../../kernel/exit-codes.ts';
import { type CommandSpec, JSON_OPTION } from '../command.ts';
import { displayPath } from '../output/display-path.ts';
import { renderTable } from '../output/render-table.ts';

/** Neither given nor with a default. */
const NOT_SET = { source: 'default', where: '' };

export const configShowCommand: CommandSpec = {
  name: 'config show',
  summary: 'show all settings',
  details: 'Strongest first: flag, KEYSTONE_* variable, project file, user file, default.',
  options: [{ flags: '--origin', description: 'say where each value came from' }, JSON_OPTION],
  examples: [['keystone config show --origin', 'settings with file and line']],
  async run(context, { options }) {
    const { terminal, cwd } = context;
    const loaded = context.config();
    const keys = settingNames(loaded);
    if (options.flag('json')) {
      const entries = keys.map((key) => [
        key,
        { value: loaded.values.get(key) ?? null, ...(loaded.origins.get(key) ?? NOT_SET) },
      ]);
      terminal.json(Object.fromEntries(entries));
      return EXIT.success;
    }
    const { paint } = terminal;
    const rows = keys.map((key) => {
      const origin = loaded.origins.get(key);
      const where = origin === undefined || origin.where === '' ? '' : ` ${displayPath(origin.where, cwd)}`;
      const set = loaded.values.get(key);
      const value = set === undefined ? paint.dim('not set') : JSON.stringify(set);
      return [
        paint.cyan(key),
        value,
        ...(options.flag('origin') ? [paint.dim(`${origin?.source ?? ''}${where}`)] : []),
      ];
    });
    terminal.result(await renderTable(rows));
    return EXIT.success;
  },
};

/** In the order of the schema, with each configured pool on its own line. */
function settingNames(loaded: LoadedConfig): string[] {
  const pools = [...loaded.values.keys()].filter((key) => key.startsWith('pools.')).sort();
  return CONFIG_KEYS.flatMap(({ key }) => (key === 'pools' ? pools : [key]));
}
