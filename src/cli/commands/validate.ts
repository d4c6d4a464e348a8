/** `keystone validate`: every problem of every workflow file, with place, snippet and hint. */
import { EXIT } from '../../kernel/exit-codes.ts';
import type { CheckedFile } from '../app-api.ts';
import { type CommandContext, type CommandSpec, JSON_OPTION } from '../command.ts';
import { count } from '../output/format.ts';
import { renderDiagnostics } from '../output/render-diagnostics.ts';
import { withPositions } from '../output/with-positions.ts';

export const validateCommand: CommandSpec = {
  name: 'validate',
  aliases: ['lint'],
  summary: 'find all problems of workflow files',
  details:
    'Without a path, all workflows of the project are checked. Problems go to stdout; exit code 2 if there is an error.',
  arguments: [
    {
      name: 'path',
      description: 'files, folders, globs or workflow names',
      optional: true,
      variadic: true,
      complete: 'workflow',
    },
  ],
  options: [{ flags: '--strict', description: 'also report what is allowed but doubtful' }, JSON_OPTION],
  examples: [
    ['keystone validate', 'check all workflows of the project'],
    ['keystone validate "flows/**/*.yaml" --strict', 'check more strictly what a glob finds'],
    ['keystone validate --json', 'problems for an editor or a script'],
  ],
  async run(context, { arguments: paths, options }) {
    const { app, project } = await context.open();
    const { files } = await app.validateFiles(project, [...paths], { strict: options.flag('strict') });
    if (options.flag('json')) context.terminal.json({ files: await Promise.all(files.map(withPositions)) });
    else await print(context, files);
    const wrong = files.some((file) => file.diagnostics.some(({ severity }) => severity === 'error'));
    return wrong ? EXIT.usage : EXIT.success;
  },
};

async function print({ terminal, cwd }: CommandContext, files: readonly CheckedFile[]): Promise<void> {
  const text = await renderDiagnostics(files, { paint: terminal.paint, cwd });
  if (text !== '') terminal.result(text);
  else if (files.length === 0) terminal.talk('no workflows here; make one with: keystone init');
  else terminal.talk(`${terminal.talkPaint.green('✔')} ${count(files.length, 'file')} without problems`);
}
