/** `keystone graph`: a workflow's statechart, or a run's with its states coloured. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { GRAPH_FORMATS, GRAPH_VIEWS } from '../../app/graph/model.ts';
import { EXIT } from '../../kernel/exit-codes.ts';
import type { GraphFormat } from '../app-api.ts';
import type { CommandSpec } from '../command.ts';
import { openExternally } from '../open-externally.ts';

const EXTENSIONS: Readonly<Record<GraphFormat, string>> = {
  mermaid: 'mmd',
  svg: 'svg',
  html: 'html',
  json: 'json',
  xstate: 'json',
  ascii: 'txt',
  dot: 'dot',
};

export const graphCommand: CommandSpec = {
  name: 'graph',
  summary: 'draw the statechart of a workflow or run',
  details: 'Of a run, states are coloured by status. xstate is JSON that opens in Stately Studio.',
  arguments: [{ name: 'target', description: 'a workflow, a file, or a run', complete: 'workflow-or-run' }],
  options: [
    {
      flags: '--format <format>',
      description: 'default: mermaid, with --open: html',
      choices: GRAPH_FORMATS,
      complete: GRAPH_FORMATS,
    },
    {
      flags: '--view <view>',
      description: 'the statechart, or the dependencies only (default: statechart)',
      choices: GRAPH_VIEWS,
      complete: GRAPH_VIEWS,
    },
    { flags: '-o, --output <file>', description: 'write to a file instead of stdout', complete: 'file' },
    { flags: '--open', description: 'open it in the browser' },
  ],
  examples: [
    ['keystone graph release', 'mermaid text on stdout'],
    ['keystone graph release --format ascii --view dag', 'a drawing in the terminal'],
    ['keystone graph last --open', 'look at the latest run in the browser'],
  ],
  async run(context, { arguments: [target = ''], options }) {
    const { terminal, cwd } = context;
    const opening = options.flag('open');
    const format =
      GRAPH_FORMATS.find((name) => name === options.text('format')) ?? (opening ? 'html' : 'mermaid');
    const view = GRAPH_VIEWS.find((name) => name === options.text('view')) ?? 'statechart';
    const { app, project } = await context.open();
    const text = await app.graphOf(project, target, {
      format,
      view,
      color: !opening && options.text('output') === undefined && terminal.paint.isColorSupported,
    });
    const output = options.text('output');
    if (output === undefined && !opening) {
      terminal.result(text.trimEnd());
      return EXIT.success;
    }
    const file = output === undefined ? await temporaryFile(format) : resolve(cwd, output);
    await writeFile(file, text.endsWith('\n') ? text : `${text}\n`);
    terminal.talk(`written: ${file}`);
    if (opening) await openExternally(file);
    return EXIT.success;
  },
};

async function temporaryFile(format: GraphFormat): Promise<string> {
  return join(await mkdtemp(join(tmpdir(), 'keystone-graph-')), `graph.${EXTENSIONS[format]}`);
}
