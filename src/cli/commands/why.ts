/** `keystone why`: why a step ran, was skipped, waits or failed. */
import { EXIT } from '../../kernel/exit-codes.ts';
import { type CommandSpec, JSON_OPTION } from '../command.ts';
import { statusSymbol, statusWord } from '../output/format.ts';

export const whyCommand: CommandSpec = {
  name: 'why',
  summary: 'explain the state of a step',
  arguments: [
    { name: 'run', description: 'a run id, the beginning of one, or last', complete: 'run' },
    { name: 'step', description: 'a step id, or one item of it such as test[3]', complete: 'step' },
  ],
  options: [JSON_OPTION],
  examples: [['keystone why last deploy', 'why deploy did, or did not, run']],
  async run(context, { arguments: [text = '', step = ''], options }) {
    const { terminal } = context;
    const { app, project } = await context.open();
    const runId = await app.resolveRunId(project, text);
    const explanation = await app.why(project, runId, step);
    if (options.flag('json')) {
      terminal.json(explanation);
      return EXIT.success;
    }
    const { paint } = terminal;
    terminal.result(
      `${statusSymbol(explanation.status, paint)} ${paint.bold(explanation.step)}${explanation.label === undefined ? '' : ` (${explanation.label})`} ${statusWord(explanation.status, paint)}`,
    );
    for (const line of explanation.lines) terminal.result(`  ${line}`);
    return EXIT.success;
  },
};
