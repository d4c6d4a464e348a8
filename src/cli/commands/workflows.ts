/** `keystone workflows`: what can be run here. */
import { EXIT } from '../../kernel/exit-codes.ts';
import type { WorkflowInfo } from '../app-api.ts';
import { type CommandSpec, JSON_OPTION } from '../command.ts';
import { displayPath } from '../output/display-path.ts';
import { oneLine } from '../output/format.ts';
import { renderTable } from '../output/render-table.ts';
import type { Terminal } from '../terminal.ts';

export const workflowsCommand: CommandSpec = {
  name: 'workflows',
  summary: 'list the workflows of the project',
  options: [JSON_OPTION],
  examples: [['keystone workflows', 'names, inputs (* must be given) and files']],
  async run(context, { options }) {
    const { terminal, cwd } = context;
    const { app, project } = await context.open();
    const workflows = await app.listWorkflows(project);
    if (options.flag('json')) terminal.json(workflows);
    else if (workflows.length === 0)
      terminal.talk('no workflows in .keystone/workflows; make one with: keystone init');
    else terminal.result(await renderTable(workflows.map((workflow) => row(workflow, terminal, cwd))));
    return EXIT.success;
  },
};

function row(workflow: WorkflowInfo, { paint, columns }: Terminal, cwd: string): string[] {
  const inputs = Object.entries(workflow.inputs).map(([name, input]) => (input.required ? `${name}*` : name));
  return [
    paint.bold(workflow.name),
    oneLine(workflow.description ?? '', Math.max(20, columns - 60)),
    paint.cyan(oneLine(inputs.join(' '), 40)),
    paint.dim(displayPath(workflow.file, cwd)),
  ];
}
