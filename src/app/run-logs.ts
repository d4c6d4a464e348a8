/**
 * Output of steps as it came, redacted, one file per attempt under `.keystone/logs/<run>/`. Pieces are framed by a line
 * `\x1e<o|e> <bytes>` so that stdout and stderr keep their order and any bytes are safe.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { TextDecoder } from 'node:util';
import type { Redactor } from '../kernel/redact.ts';
import type { StepLog } from '../steps/define.ts';
import { storeErrorFromSystem } from '../store/errors.ts';

const FRAME = 0x1e;
export type LogStream = 'stdout' | 'stderr';

export const logsFolder = (stateFolder: string, runId: string): string =>
  path.join(stateFolder, 'logs', runId);

/** Paths hold `/` and `[`, file names do not; reversible. */
const fileName = ({ path: stepPath, attempt, epoch }: LogWriterOptions): string =>
  `${encodeURIComponent(stepPath)}.${epoch === 1 ? '' : `e${epoch}.`}${attempt}.log`;

export interface LogWriterOptions {
  folder: string;
  path: string;
  attempt: number;
  /** A step that begins anew counts its attempts from 1 again. */
  epoch: number;
  redactor: Redactor;
  /** Redacted text as it arrives. */
  onText(stream: LogStream, text: string): void;
}

/** Writing throws a StoreError when the disk refuses; the run then stops and can be resumed. */
export function openLogWriter(options: LogWriterOptions): StepLog & { close(): void } {
  let fd: number | undefined;
  const streams: Partial<
    Record<LogStream, { redact: ReturnType<Redactor['stream']>; decoder: TextDecoder }>
  > = {};
  const write = (stream: LogStream, bytes: Uint8Array, decoder: TextDecoder): void => {
    if (bytes.length === 0) return;
    const file = path.join(options.folder, fileName(options));
    try {
      if (fd === undefined) {
        mkdirSync(options.folder, { recursive: true });
        fd = openSync(file, 'a');
        // A process that died, or a disk that was full, may have left half a frame, which would swallow ours.
        if (fstatSync(fd).size > 0) ftruncateSync(fd, endOfWholeFrames(file));
      }
      writeAll(
        fd,
        Buffer.concat([Buffer.from(`\x1e${stream === 'stdout' ? 'o' : 'e'} ${bytes.length}\n`), bytes]),
      );
    } catch (error) {
      throw storeErrorFromSystem(error, file) ?? error;
    }
    options.onText(stream, decoder.decode(bytes, { stream: true }));
  };
  return {
    output(stream, chunk) {
      const state = streams[stream] ?? { redact: options.redactor.stream(), decoder: new TextDecoder() };
      streams[stream] = state;
      write(stream, state.redact.push(chunk), state.decoder);
    },
    info(message) {
      const text = Buffer.from(`${options.redactor.text(message)}\n`);
      write('stderr', text, new TextDecoder());
    },
    close() {
      try {
        for (const stream of ['stdout', 'stderr'] as const) {
          const state = streams[stream];
          if (state !== undefined) write(stream, state.redact.flush(), state.decoder);
        }
      } finally {
        if (fd !== undefined) closeSync(fd);
        fd = undefined;
      }
    },
  };
}

/** One call may write less than asked, when the disk fills up. */
function writeAll(fd: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
}

export interface LogFile {
  file: string;
  path: string;
  attempt: number;
  epoch: number;
}

/** Files of a run, oldest first; of one step (with its items) when given. */
export function listLogFiles(folder: string, step?: string): LogFile[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .map((name) => {
      const match = /^(.*?)(?:\.e(\d+))?\.(\d+)\.log$/.exec(name);
      return match === null
        ? undefined
        : {
            file: path.join(folder, name),
            path: decodeURIComponent(match[1] ?? ''),
            attempt: Number(match[3]),
            epoch: Number(match[2] ?? 1),
          };
    })
    .filter((entry): entry is LogFile => entry !== undefined)
    .filter((entry) => step === undefined || entry.path === step || entry.path.startsWith(`${step}[`))
    .sort(
      (a, b) =>
        statSync(a.file).birthtimeMs - statSync(b.file).birthtimeMs ||
        a.epoch - b.epoch ||
        a.attempt - b.attempt,
    );
}

/** Whole frames from `offset` on; a frame still being written is left for the next call. */
export function readLogFrames(
  file: string,
  offset: number,
): { pieces: { stream: LogStream; text: string }[]; next: number } {
  const pieces: { stream: LogStream; text: string }[] = [];
  const fd = openSync(file, 'r');
  const { size } = fstatSync(fd);
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  try {
    let next = offset;
    while (pieces.length < 1024) {
      const frame = frameAt(fd, next, size);
      if (frame === undefined) break;
      const bytes = Buffer.alloc(frame.end - frame.start);
      readSync(fd, bytes, 0, bytes.length, frame.start);
      pieces.push({ stream: frame.stream, text: decoders[frame.stream].decode(bytes, { stream: true }) });
      next = frame.end;
    }
    return { pieces, next };
  } finally {
    closeSync(fd);
  }
}

function endOfWholeFrames(file: string): number {
  const fd = openSync(file, 'r');
  const { size } = fstatSync(fd);
  try {
    for (let at = 0; ; ) {
      const frame = frameAt(fd, at, size);
      if (frame === undefined) return at;
      at = frame.end;
    }
  } finally {
    closeSync(fd);
  }
}

/** Where the content of the frame at `at` is; undefined when there is no whole frame. */
function frameAt(
  fd: number,
  at: number,
  size: number,
): { stream: LogStream; start: number; end: number } | undefined {
  const header = Buffer.alloc(32);
  const got = readSync(fd, header, 0, header.length, at);
  const newline = header.subarray(0, got).indexOf(0x0a);
  if (newline < 0 || header[0] !== FRAME) return undefined;
  const match = /^([oe]) (\d+)$/.exec(header.toString('latin1', 1, newline));
  if (match === null) return undefined;
  const start = at + newline + 1;
  const end = start + Number(match[2]);
  return end > size ? undefined : { stream: match[1] === 'o' ? 'stdout' : 'stderr', start, end };
}
