/** `keystone validate`: every problem of every workflow file, with place, snippet and hint. */
import { EXIT } from '../../kernel/exit-codes.ts';
import type { CheckedFile, ProvedFile } from '../app-api.ts';
import { type CommandContext, type CommandSpec, JSON_OPTION } from '../command.ts';
import { count } from '../output/format.ts';
import { proofWithPositions } from '../output/proof-with-positions.ts';
import { renderDiagnostics } from '../output/render-diagnostics.ts';
import { renderProof } from '../output/render-proof.ts';
import { withPositions } from '../output/with-positions.ts';

export const validateCommand: CommandSpec = {
  name: 'validate',
  aliases: ['lint'],
  summary: 'find all problems of workflow files',
  details:
    'Without a path, all workflows of the project are checked. Problems go to stdout; exit code 2 if there is an error. With `--prove`, what is refuted is an error or a warning like any other; see [proofs](../prove.md).',
  arguments: [
    {
      name: 'path',
      description: 'files, folders, globs or workflow names',
      optional: true,
      variadic: true,
      complete: 'workflow',
    },
  ],
  options: [
    { flags: '--strict', description: 'also report what is allowed but doubtful' },
    { flags: '--prove', description: 'find out what every run does, and show the runs that go wrong' },
    JSON_OPTION,
  ],
  examples: [
    ['keystone validate', 'check all workflows of the project'],
    ['keystone validate "flows/**/*.yaml" --strict', 'check more strictly what a glob finds'],
    ['keystone validate --prove deploy.yaml', 'prove what holds in every run of a workflow'],
    ['keystone validate --json', 'problems for an editor or a script'],
  ],
  async run(context, { arguments: paths, options }) {
    const { app, project } = await context.open();
    const strict = options.flag('strict');
    if (options.flag('prove')) {
      const proved = await app.proveFiles(project, [...paths], { strict });
      return printProof(context, proved.files, { strict, json: options.flag('json') });
    }
    const { files } = await app.validateFiles(project, [...paths], { strict });
    if (options.flag('json')) context.terminal.json({ files: await Promise.all(files.map(withPositions)) });
    else await print(context, files);
    return exitCodeOf(files);
  },
};

async function print({ terminal, cwd }: CommandContext, files: readonly CheckedFile[]): Promise<void> {
  const text = await renderDiagnostics(files, { paint: terminal.paint, cwd });
  if (text !== '') terminal.result(text);
  else if (files.length === 0) terminal.talk('no workflows here; make one with: keystone init');
  else terminal.talk(`${terminal.talkPaint.green('✔')} ${count(files.length, 'file')} without problems`);
}

const exitCodeOf = (files: readonly CheckedFile[]): number =>
  files.some((file) => file.diagnostics.some(({ severity }) => severity === 'error'))
    ? EXIT.usage
    : EXIT.success;

async function printProof(
  context: CommandContext,
  files: readonly ProvedFile[],
  { strict, json }: { strict: boolean; json: boolean },
): Promise<number> {
  const { terminal, cwd } = context;
  if (json) terminal.json({ files: await Promise.all(files.map(proofWithPositions)) });
  else {
    const text = await renderDiagnostics(files, { paint: terminal.paint, cwd });
    const proof = await renderProof(files, { paint: terminal.paint, cwd });
    terminal.result([text, proof].filter((each) => each !== '').join('\n\n'));
  }
  const refuted = files.some(({ proof }) =>
    proof?.findings.some(({ severity }) => severity === 'error' || (strict && severity === 'warning')),
  );
  return refuted ? EXIT.usage : exitCodeOf(files);
}
