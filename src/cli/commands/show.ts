/** `keystone show`: one run with all its steps. */
import { EXIT } from '../../kernel/exit-codes.ts';
import { type CommandSpec, JSON_OPTION } from '../command.ts';
import { formatDate } from '../output/format.ts';
import { headline, renderResult } from '../output/render-result.ts';
import { renderTable } from '../output/render-table.ts';
import { stepRows } from '../output/step-rows.ts';

export const showCommand: CommandSpec = {
  name: 'show',
  summary: 'show a run and its steps',
  arguments: [
    {
      name: 'run',
      description: 'a run id, the beginning of one, or last (the default)',
      optional: true,
      complete: 'run',
    },
  ],
  options: [{ flags: '--explain', description: 'explain failures and skipped steps in full' }, JSON_OPTION],
  examples: [
    ['keystone show last', 'the latest run'],
    ['keystone show 8f3k --json | jq .steps.build.output', 'the output of one step'],
  ],
  async run(context, { arguments: [text = 'last'], options }) {
    const { terminal } = context;
    const { app, project } = await context.open();
    const result = await app.showRun(project, await app.resolveRunId(project, text));
    if (options.flag('json')) {
      terminal.json(result);
      return EXIT.success;
    }
    terminal.result(
      `${headline(result, terminal.paint)}  ${terminal.paint.dim(formatDate(result.startedAt))}`,
    );
    const rows = stepRows(result.steps, terminal);
    if (rows.length > 0) terminal.result(await renderTable(rows));
    await renderResult(context, result, { app, project, explain: options.flag('explain'), asked: true });
    // What a suspended run waits for has been said; of one that goes on only its questions need somebody.
    if (result.status !== 'running') return EXIT.success;
    for (const question of await app.listQuestions(project, result.runId)) {
      terminal.result(`  ${terminal.paint.yellow('⏸')} ${question.path} asks: ${question.asks.message}`);
      terminal.talk(`next: ${app.answerExample(question)}`);
    }
    return EXIT.success;
  },
};
