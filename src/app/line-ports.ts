/** `foreach` over the lines of a file: what the file holds when the step begins is kept as a blob, without secrets, and read from there. */
import { StepFailure } from '../kernel/failure.ts';
import type { Items, RunPorts } from '../runtime/index.ts';
import { copyLines } from '../services/files/copy-lines.ts';
import { codeOf, guardPath } from '../services/files/guarded-path.ts';
import { LineReader } from '../services/files/line-reader.ts';
import { openRegular } from '../services/files/open-regular.ts';
import { StoreError } from '../store/errors.ts';
import { PLACEHOLDER_BEGINS, sealerOf } from './sealer.ts';
import type { SessionOptions } from './session-options.ts';

export function linePorts(options: SessionOptions): Pick<RunPorts, 'keepLines' | 'openLines'> {
  const { engine, redactor, cwd, setup } = options;
  const { blobs } = engine.store;
  const seal = sealerOf(redactor);
  return {
    keepLines: async ({ path, allowOutsideCwd }, signal) => {
      const sink = blobs.open(setup.runId);
      try {
        const file = await openRegular(await guardPath(path, { cwd, allowOutsideCwd }));
        try {
          const change = {
            isNeeded: (piece: Buffer) => redactor.active || piece.includes(PLACEHOLDER_BEGINS),
            line: (line: string) => seal.json(line),
          };
          const total = await copyLines(file, (bytes) => sink.write(bytes), { name: path, signal, change });
          return { total, lines: sink.end() };
        } finally {
          await file.close();
        }
      } catch (error) {
        sink.abort();
        throw readFailure(error, path);
      }
    },
    openLines: ({ blob }, total) => {
      const reader = new LineReader(blobs.path(blob), total);
      return { length: total, at: (index) => lineAt(reader, index, (line) => seal.open(line)) };
    },
  };
}

function lineAt(reader: LineReader, index: number, open: (line: string) => string): ReturnType<Items['at']> {
  try {
    const line = reader.at(index);
    return line === undefined ? undefined : String(open(line));
  } catch (error) {
    throw new StoreError('STORE_CORRUPT', `the kept lines of a step cannot be read: ${String(error)}`, {
      hint: 'restore the file from a backup; the folder `blobs` belongs to the database beside it',
    });
  }
}

function readFailure(error: unknown, path: string): unknown {
  const code = codeOf(error);
  if (error instanceof StepFailure || error instanceof StoreError || code === '') return error;
  const options = { cause: error, details: { path } };
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new StepFailure('FILE_NOT_FOUND', `cannot read the lines of "${path}": no such file`, options);
    case 'EACCES':
    case 'EPERM':
      return new StepFailure(
        'PERMISSION_DENIED',
        `cannot read the lines of "${path}": not permitted`,
        options,
      );
    case 'ELOOP':
      return new StepFailure('OUTSIDE_CWD', `"${path}" became a symbolic link meanwhile`, options);
    default:
      return new StepFailure('FILE_ERROR', `cannot read the lines of "${path}": ${code}`, options);
  }
}
