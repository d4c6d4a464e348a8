/** `keystone logs`: what the steps of a run wrote. */
import { EXIT } from '../../kernel/exit-codes.ts';
import type { LogPiece } from '../app-api.ts';
import type { CommandSpec } from '../command.ts';
import { stripControls } from '../output/format.ts';
import type { Terminal } from '../terminal.ts';

export const logsCommand: CommandSpec = {
  name: 'logs',
  summary: 'print what steps wrote',
  details:
    'Of one step the text is printed as it is; of a whole run every line is preceded by its step. stdout and stderr of steps both go to stdout.',
  arguments: [
    { name: 'run', description: 'a run id, the beginning of one, or last', complete: 'run' },
    {
      name: 'step',
      description: 'a step id, or one item of it such as test[3]',
      optional: true,
      complete: 'step',
    },
  ],
  options: [
    { flags: '-f, --follow', description: 'keep printing while the run goes on' },
    { flags: '--json', description: 'print each piece as a line of JSON' },
  ],
  examples: [
    ['keystone logs last', 'all output of the latest run'],
    ['keystone logs 8f3k build -f', 'follow one step'],
  ],
  async run(context, { arguments: [text = '', stepText], options }) {
    const { app, project } = await context.open();
    const runId = await app.resolveRunId(project, text);
    const step = stepText === undefined ? undefined : await app.findStepPath(project, runId, stepText);
    const pieces = app.readLogs(project, runId, step, { follow: options.flag('follow') });
    const lines = new PrefixedLines(context.terminal);
    let silent = true;
    for await (const piece of pieces) {
      silent = false;
      if (options.flag('json')) context.terminal.result(JSON.stringify(piece));
      else if (step !== undefined) context.terminal.streams.stdout.write(piece.text);
      else lines.add(piece);
    }
    lines.end();
    if (silent) context.terminal.talk(`${step ?? `run ${runId}`} has printed nothing`);
    return EXIT.success;
  },
};

/** Cuts pieces into whole lines and puts `step │` before each. */
class PrefixedLines {
  readonly #terminal: Terminal;
  readonly #rests = new Map<string, { path: string; text: string }>();

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  add({ path, stream, text }: LogPiece): void {
    const key = `${path}\u0000${stream}`;
    const lines = ((this.#rests.get(key)?.text ?? '') + text).split('\n');
    this.#rests.set(key, { path, text: lines.pop() ?? '' });
    for (const line of lines) this.#print(path, line);
  }

  end(): void {
    for (const { path, text } of this.#rests.values()) if (text !== '') this.#print(path, text);
  }

  #print(path: string, line: string): void {
    this.#terminal.result(
      `${this.#terminal.paint.cyan(path)} ${this.#terminal.paint.dim('│')} ${stripControls(line)}`,
    );
  }
}
