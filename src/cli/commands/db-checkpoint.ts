/** `keystone db checkpoint`: makes everything visible to other SQLite tools. */
import { EXIT } from '../../kernel/exit-codes.ts';
import type { CommandSpec } from '../command.ts';

export const dbCheckpointCommand: CommandSpec = {
  name: 'db checkpoint',
  summary: 'write all committed data into the main database file',
  details:
    'Other SQLite tools see the database as of the last checkpoint. Reading with them is fine; never write while keystone runs.',
  examples: [
    [
      'keystone db checkpoint && sqlite3 .keystone/state.db "select * from runs"',
      'look with the SQLite shell',
    ],
  ],
  async run(context) {
    const { app, project } = await context.open();
    await app.checkpoint(project);
    context.terminal.talk(`up to date: ${project.config.storage.path}`);
    return EXIT.success;
  },
};
