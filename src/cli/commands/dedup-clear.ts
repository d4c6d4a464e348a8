/** `keystone dedup clear`: lets effects be had again. */
import type { ClearTarget } from '../../app/dedup.ts';
import { EXIT } from '../../kernel/exit-codes.ts';
import { KeystoneError } from '../../kernel/failure.ts';
import type { AppApi, Project } from '../app-api.ts';
import { type CommandInput, type CommandSpec, JSON_OPTION } from '../command.ts';

export const dedupClearCommand: CommandSpec = {
  name: 'dedup clear',
  summary: 'forget effects, so that they can be had again',
  details:
    'A key that is in flight in a run that somebody runs is kept: cancel that run first. In a run that nobody runs, it is forgotten.',
  arguments: [{ name: 'key', description: 'a key, or its id from `keystone dedup list`', optional: true }],
  options: [
    { flags: '--run <run>', description: 'all of the steps of this run', complete: 'run' },
    { flags: '--all', description: 'all of the project, memos too', conflicts: ['run'] },
    JSON_OPTION,
  ],
  examples: [
    ['keystone dedup clear order-7', 'the next step with the key order-7 has its effect again'],
    ['keystone dedup clear --run last', 'forget what the latest run has done'],
    ['keystone dedup clear --all', 'forget everything'],
  ],
  async run(context, input) {
    const { terminal } = context;
    const { app, project } = await context.open();
    const { cleared, kept } = await app.clearDedup(project, await targetOf(input, app, project));
    if (input.options.flag('json')) terminal.json({ cleared, kept });
    else {
      terminal.talk(`${cleared} forgotten`);
      for (const { key, runId, step } of kept)
        terminal.talk(
          `${terminal.talkPaint.yellow('!')} "${key}" is kept: step ${step} is having its effect; end it with: keystone cancel ${runId}`,
        );
    }
    return kept.length > 0 ? EXIT.failed : EXIT.success;
  },
};

async function targetOf(
  { arguments: [key], options }: CommandInput,
  app: AppApi,
  project: Project,
): Promise<ClearTarget> {
  const run = options.text('run');
  const given = [key, run, options.flag('all') ? 'all' : undefined].filter((each) => each !== undefined);
  if (given.length !== 1) {
    throw new KeystoneError('USAGE', 'say what to forget: a key, --run or --all, and only one of them', {
      exitCode: EXIT.usage,
      hint: 'see the keys with: keystone dedup list',
    });
  }
  if (run !== undefined) return { runId: await app.resolveRunId(project, run) };
  return key === undefined ? 'all' : { key };
}
