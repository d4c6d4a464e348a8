/** `keystone artifacts get`: the files of an artifact, in a folder. */
import { resolve } from 'node:path';
import { EXIT } from '../../kernel/exit-codes.ts';
import { type CommandSpec, JSON_OPTION } from '../command.ts';
import { count } from '../output/format.ts';

export const artifactsGetCommand: CommandSpec = {
  name: 'artifacts get',
  summary: 'put the files of an artifact into a folder',
  details:
    'Files that are there already are replaced, others stay. Without `-o` the folder has the name of the artifact.',
  arguments: [
    { name: 'run', description: 'a run id, the beginning of one, or last', complete: 'run' },
    { name: 'name', description: 'name of the artifact' },
  ],
  options: [
    { flags: '-o, --output <dir>', description: 'folder to put the files into', complete: 'file' },
    JSON_OPTION,
  ],
  examples: [
    ['keystone artifacts get last dist', 'the artifact dist of the latest run, in the folder dist'],
    ['keystone artifacts get 8f3k report -o /tmp/report', 'an artifact of a run, in another folder'],
  ],
  async run(context, { arguments: [run = '', name = ''], options }) {
    const { app, project } = await context.open();
    const runId = await app.resolveRunId(project, run);
    const folder = resolve(context.cwd, options.text('output') ?? name);
    const fetched = await app.getArtifact(project, { runId, name, folder });
    if (options.flag('json')) context.terminal.json(fetched);
    else {
      for (const path of fetched.paths) context.terminal.result(`${folder}/${path}`);
      context.terminal.talk(`${count(fetched.files, 'file')} in ${folder}`);
    }
    return EXIT.success;
  },
};
