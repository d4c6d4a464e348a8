/** `keystone artifacts list`: the files that a run keeps under names. */
import { EXIT } from '../../kernel/exit-codes.ts';
import type { ArtifactInfo } from '../app-api.ts';
import { type CommandSpec, JSON_OPTION } from '../command.ts';
import { count, formatBytes, formatDate } from '../output/format.ts';
import { renderTable } from '../output/render-table.ts';
import type { Paint } from '../terminal.ts';

export const artifactsListCommand: CommandSpec = {
  name: 'artifacts list',
  summary: 'list the artifacts of a run and its sub-workflows',
  arguments: [
    {
      name: 'run',
      description: 'a run id, the beginning of one, or last (the default)',
      optional: true,
      complete: 'run',
    },
  ],
  options: [JSON_OPTION],
  examples: [
    ['keystone artifacts list', 'those of the latest run'],
    ['keystone artifacts list 8f3k --json', 'those of a run, for a script'],
  ],
  async run(context, { arguments: [text = 'last'], options }) {
    const { app, project } = await context.open();
    const runId = await app.resolveRunId(project, text);
    const artifacts = await app.listArtifacts(project, runId);
    if (options.flag('json')) context.terminal.json(artifacts);
    else if (artifacts.length === 0) context.terminal.talk(`run ${runId} has no artifacts`);
    else {
      context.terminal.result(await renderTable(artifacts.map((each) => row(each, context.terminal.paint))));
      context.terminal.talk(`get one with: keystone artifacts get ${runId} ${artifacts[0]?.name}`);
    }
    return EXIT.success;
  },
};

function row({ name, runId, step, files, bytes, createdAt }: ArtifactInfo, paint: Paint): string[] {
  return [
    name,
    count(files, 'file'),
    formatBytes(bytes),
    `${runId} ${step}`,
    paint.dim(formatDate(createdAt)),
  ];
}
