/** Runs the command line in this process. The only place that sets the exit code. */
import { EXIT } from '../kernel/exit-codes.ts';
import { bugReport } from './output/describe-error.ts';
import { runCli } from './run-cli.ts';
import type { Streams } from './terminal.ts';

export async function main(argv: readonly string[]): Promise<void> {
  const streams: Streams = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr };
  process.on('uncaughtException', (error) => {
    process.stderr.write(`${bugReport(error)}\n`);
    process.exit(EXIT.bug);
  });
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (streams.brokenPipe !== 'ignore') process.exit(EXIT.success);
  });
  let finished = false;
  process.once('beforeExit', () => {
    if (finished) return;
    process.stderr.write(`${bugReport(new Error('the command stopped without a result'))}\n`);
    process.exitCode = EXIT.bug;
  });
  const exitCode = await runCli(argv, {
    streams,
    cwd: process.cwd(),
    loadApp: () => import('../app/index.ts'),
  });
  finished = true;
  process.exitCode = exitCode;
  // Whoever pressed Ctrl+C does not wait for anything that may still be open.
  if (exitCode === EXIT.sigint || exitCode === EXIT.sigterm) process.exit();
}
