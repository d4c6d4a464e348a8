/** `keystone config migrate`: moves settings between the project's file and the user's. */
import path from 'node:path';
import { CONFIG_FILE, PROJECT_FOLDER, planMove, userFolders, writeMove } from '../../config/index.ts';
import { EXIT } from '../../kernel/exit-codes.ts';
import { type CommandSpec, JSON_OPTION } from '../command.ts';
import { displayPath } from '../output/display-path.ts';

export const configMigrateCommand: CommandSpec = {
  name: 'config migrate',
  summary: 'move settings between the configuration of the project and that of the user',
  details:
    'Comments move with their keys. Nothing is lost: the files as they were stay beside them with the ending .bak, and the same command with the other ' +
    '`--to` moves the keys back. A key that both files set is refused.',
  arguments: [
    {
      name: 'key',
      description: 'what to move, such as pools or storage.path; none: everything',
      optional: true,
      variadic: true,
    },
  ],
  options: [
    { flags: '--to <file>', description: 'where to', choices: ['user', 'project'] },
    { flags: '--dry-run', description: 'show both files as they would be, and change nothing' },
    JSON_OPTION,
  ],
  examples: [
    [
      'keystone config migrate --to user --dry-run',
      'see what all settings of the project would look like for all projects',
    ],
    ['keystone config migrate pools --to user', 'share the pools of this project'],
    ['keystone config migrate pools --to project', 'and take them back'],
  ],
  async run({ terminal, cwd, config }, { arguments: keys, options }) {
    const { config: settings } = config();
    const user = path.join(userFolders(settings.environment).config, CONFIG_FILE);
    const project = path.join(settings.projectRoot, PROJECT_FOLDER, CONFIG_FILE);
    const toUser = (options.text('to') ?? 'user') === 'user';
    const move = planMove({ from: toUser ? project : user, to: toUser ? user : project, keys });
    const isDry = options.flag('dryRun');
    if (!isDry) writeMove(move);
    if (options.flag('json')) terminal.json({ ...move, written: !isDry });
    else if (isDry)
      for (const file of [move.from, move.to])
        terminal.result(
          `${terminal.paint.bold(displayPath(file.path, cwd))}\n${file.after === '' ? '(empty)\n' : file.after}`,
        );
    else terminal.talk(`moved ${move.moved.join(', ')} to ${displayPath(move.to.path, cwd)}`);
    if (!isDry)
      terminal.talk(
        `back: keystone config migrate ${move.moved.join(' ')} --to ${toUser ? 'project' : 'user'}`,
      );
    return EXIT.success;
  },
};
