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
  // Without a result the event loop must never run dry; if it does, say so instead of ending as if all were well.
  process.once('beforeExit', () => {
    process.stderr.write(`${bugReport(new Error('the command stopped without a result'))}\n`);
    process.exit(EXIT.bug);
  });
  const cwd = workingFolder();
  process.exitCode =
    cwd === undefined
      ? EXIT.usage
      : await runCli(argv, { streams, cwd, loadApp: () => import('../app/index.ts') });
  // Left to itself, Node would first wait for V8's background optimizations, whose results nobody needs any more.
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  process.exit();
}

/** Undefined, and said so, when the folder the process was started in has been removed. */
function workingFolder(): string | undefined {
  try {
    return process.cwd();
  } catch {
    process.stderr.write(
      'error: the folder keystone was started in is gone\nhint: cd to a folder that exists\n',
    );
    return undefined;
  }
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableEnded || stream.destroyed) resolve();
    else stream.write('', () => resolve());
  });
}
