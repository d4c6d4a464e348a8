/** `keystone dedup prune`: forgets what has expired. */
import { EXIT } from '../../kernel/exit-codes.ts';
import { type CommandSpec, JSON_OPTION } from '../command.ts';

export const dedupPruneCommand: CommandSpec = {
  name: 'dedup prune',
  summary: 'forget effects whose time is over',
  details:
    'They do not count any more, and go by themselves when a step claims a key; this makes room at once.',
  options: [JSON_OPTION],
  examples: [['keystone dedup prune', 'forget what has expired']],
  async run(context, { options }) {
    const { app, project } = await context.open();
    const pruned = await app.pruneDedup(project);
    if (options.flag('json')) context.terminal.json({ pruned });
    else context.terminal.talk(`${pruned} expired`);
    return EXIT.success;
  },
};
