/** `keystone logs`: what steps printed, in order, and with `follow` until the run ends. */
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import { SETTLED_RUN } from '../store/port.ts';
import { type Project, stateFolder, withStore } from './project.ts';
import { type LogStream, listLogFiles, logsFolder, readLogFrames } from './run-logs.ts';

export interface LogPiece {
  path: string;
  attempt: number;
  stream: LogStream;
  text: string;
}

const FOLLOW_EVERY_MS = 200;

export async function* readLogs(
  project: Project,
  runId: string,
  step: string | undefined,
  options: { follow: boolean },
): AsyncIterable<LogPiece> {
  const folder = logsFolder(stateFolder(project), runId);
  const offsets = new Map<string, number>();
  for (;;) {
    // Asked before reading, so that what was printed up to the end is still read.
    const ended = !options.follow || (await hasEnded(project, runId));
    for (const { file, path, attempt } of listLogFiles(folder, step)) {
      for (;;) {
        const { pieces, next } = readLogFrames(file, offsets.get(file) ?? 0);
        offsets.set(file, next);
        for (const piece of pieces) yield { path, attempt, ...piece };
        if (pieces.length === 0) break;
      }
    }
    if (ended) return;
    await new Promise((resolve) => setTimeout(resolve, FOLLOW_EVERY_MS));
  }
}

/** Or nobody runs it now, so that nothing will be printed. */
async function hasEnded(project: Project, runId: string): Promise<boolean> {
  return withStore(project, async (store) => {
    const run = await store.run(runId);
    if (run === undefined) throw notFound(runId);
    return SETTLED_RUN.has(run.status) || !(await store.isOwned(run, project.clock.now()));
  });
}

const notFound = (runId: string): KeystoneError =>
  new KeystoneError('RUN_NOT_FOUND', `no run ${runId}`, {
    exitCode: EXIT.usage,
    hint: 'see: keystone history',
  });
