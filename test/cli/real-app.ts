/** The command line in this process, with the real engine: as a user calls it, without the time a process takes to start. */
import { PassThrough, Readable } from 'node:stream';
import { runCli } from '../../src/cli/run-cli.ts';
import { Captured, type Outcome } from './fake-app.ts';
import { shapeErrors } from './shape-errors.ts';
import { TestProject } from './spawn.ts';

export class LocalProject extends TestProject {
  /** Runs `keystone <argv>`. Nobody sits at a terminal; a standard input that is not given never ends. */
  async cli(argv: readonly string[], options: { stdin?: string } = {}): Promise<Outcome> {
    const [stdout, stderr] = [new Captured(), new Captured()];
    const stdin = options.stdin === undefined ? new PassThrough() : Readable.from([options.stdin]);
    const exitCode = await runCli(argv, {
      streams: { stdin, stdout, stderr },
      cwd: this.folder,
      loadApp: () => import('../../src/app/index.ts'),
    });
    return { exitCode, stdout: stdout.text, stderr: stderr.text };
  }

  /** What a command prints with `--json`; throws when it is not of the published shape. */
  async json(
    shape: string,
    ...argv: string[]
  ): Promise<{ exitCode: number; value: ReturnType<typeof JSON.parse> }> {
    const { exitCode, stdout, stderr } = await this.cli([...argv, '--json']);
    if (stdout === '') throw new Error(`nothing on stdout: ${stderr}`);
    const value = JSON.parse(stdout);
    const wrong = shapeErrors(shape, value);
    if (wrong.length > 0) throw new Error(`no ${shape}: ${wrong.join('; ')}\n${stdout}`);
    return { exitCode, value };
  }

  /** Id of the latest run. */
  async last(): Promise<string> {
    return JSON.parse((await this.cli(['show', 'last', '--json'])).stdout).runId;
  }
}
