/** `keystone manifest`: what a workflow may do to the world, without running it. */
import { EXIT } from '../../kernel/exit-codes.ts';
import type { Manifest } from '../app-api.ts';
import { type CommandSpec, JSON_OPTION } from '../command.ts';
import { oneLine } from '../output/format.ts';
import type { Paint } from '../terminal.ts';

export const manifestCommand: CommandSpec = {
  name: 'manifest',
  summary: 'list what a workflow may do: commands, hosts, files, engines, models, secrets',
  details:
    'With all sub-workflows its text names; nothing is run. What a template hides until then is shown as it is written.',
  arguments: [
    { name: 'workflow', description: 'a name, a file, or - for standard input', complete: 'workflow' },
  ],
  options: [JSON_OPTION],
  examples: [
    ['keystone manifest release', 'what the workflow release may do'],
    ['keystone manifest ../other/flow.yaml --json', 'the same for a script, of a file from elsewhere'],
  ],
  async run(context, input) {
    const { app, project } = await context.open();
    const [workflow = ''] = input.arguments;
    const request = workflow === '-' ? { workflow, source: await context.readStdin() } : { workflow };
    const manifest = app.manifestOf(project, request);
    if (input.options.flag('json')) context.terminal.json(manifest);
    else context.terminal.result(renderManifest(manifest, context.terminal.paint));
    return EXIT.success;
  },
};

const DOES: Readonly<Record<string, string>> = {
  unsandboxed: 'runs JavaScript without a sandbox',
  run: 'runs',
  engine: 'starts the engine',
  model: 'asks the model',
  connect: 'connects to',
  write: 'writes',
  read: 'reads',
};

const WIDTH = 90;

function renderManifest(manifest: Manifest, paint: Paint): string {
  const { workflow, files, permissions, secrets, secretInputs, unknown } = manifest;
  const lines = files.map(({ file, sha256, outside }) =>
    paint.dim(`  ${file}  sha256 ${sha256.slice(0, 12)}${outside ? '  (outside the project)' : ''}`),
  );
  const may = permissions.map(
    ({ to, what, steps }) =>
      `  ${DOES[to] ?? to} ${paint.bold(oneLine(what, WIDTH))}${paint.dim(`  ${steps.join(', ')}`)}`,
  );
  return [
    paint.bold(workflow),
    ...lines,
    ...(may.length === 0 ? ['  does nothing outside keystone'] : may),
    ...secrets.map((name) => `  knows the secret ${paint.bold(name)}`),
    ...secretInputs.map((name) => `  is given the secret input ${paint.bold(name)}`),
    ...unknown.map((called) => `  calls a workflow that is only known then: ${called}`),
  ].join('\n');
}
