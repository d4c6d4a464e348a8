/** `keystone show`: one run with all its steps. */
import type { StepView } from '../../app/types.ts';
import { EXIT } from '../../kernel/exit-codes.ts';
import { type CommandSpec, JSON_OPTION } from '../command.ts';
import { formatDate, formatDuration, oneLine, statusSymbol, statusWord } from '../output/format.ts';
import { headline, renderResult } from '../output/render-result.ts';
import { renderTable } from '../output/render-table.ts';
import type { Paint, Terminal } from '../terminal.ts';

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
    const rows = Object.entries(result.steps).map(([id, step]) => row(id, step, terminal));
    if (rows.length > 0) terminal.result(await renderTable(rows));
    await renderResult(context, result, { app, project, explain: options.flag('explain'), asked: true });
    return EXIT.success;
  },
};

function row(id: string, step: StepView, { paint, columns }: Terminal): string[] {
  const { reusedFrom } = step;
  const reused = reusedFrom && `result of ${reusedFrom.path} of run ${reusedFrom.runId}`;
  const note =
    step.error === undefined
      ? (step.skipReason ?? reused ?? '')
      : `${step.error.code}: ${step.error.message}`;
  return [
    `${statusSymbol(step.status, paint)} ${id}`,
    paint.dim(step.kind),
    `${statusWord(step.status, paint)}${step.status === 'success' && step.outcome === 'failed' ? paint.yellow(' (failed, allowed)') : ''}`,
    step.attempts > 1 ? paint.dim(`${step.attempts} attempts`) : '',
    step.durationMs === undefined ? '' : paint.dim(formatDuration(step.durationMs)),
    `${itemSummary(step, paint)}${paint.dim(oneLine(note, Math.max(30, columns - 60)))}`,
  ];
}

function itemSummary(step: StepView, paint: Paint): string {
  if (step.items === undefined) return '';
  const done = step.items.filter((item) => item.status === 'success').length;
  return `${paint.dim(`${done}/${step.items.length} items`)}  `;
}
