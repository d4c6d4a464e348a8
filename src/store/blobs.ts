/** Values too large for rows, as files named by the sha256 of their content. Written and synced before a row may name them. */
import { createHash, randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { BlobRef } from '../kernel/blob-ref.ts';
import { StoreError, storeErrorFromSystem, systemCode } from './errors.ts';
import type { BlobStore } from './port.ts';

type Sink = ReturnType<BlobStore['open']>;

/** `blobs/ab/abcd…`, and `blobs/tmp` for what is being written. Content is checked by nobody but its name. */
export class FileBlobs implements BlobStore {
  readonly #temporary: string;
  #prepared = false;

  /** `owner` marks files in the making, so that those of crashed processes can be told. */
  constructor(
    private readonly folder: string,
    private readonly owner: string,
  ) {
    this.#temporary = path.join(folder, 'tmp');
  }

  /** @throws {StoreError} */
  put(content: Uint8Array): BlobRef {
    const sha256 = createHash('sha256').update(content).digest('hex');
    if (!this.#has(sha256, content.byteLength)) {
      const sink = this.#create();
      sink.write(content);
      return sink.end();
    }
    return { blob: sha256, bytes: content.byteLength };
  }

  /** @throws {StoreError} */
  open(): Sink {
    return this.#create();
  }

  get(sha256: string): Uint8Array | undefined {
    return this.#reporting(() => {
      try {
        return fs.readFileSync(this.path(sha256));
      } catch (error) {
        if (systemCode(error) === 'ENOENT') return undefined;
        throw error;
      }
    });
  }

  path(sha256: string): string {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new Error(`"${sha256}" is no sha256 in hex`);
    return path.join(this.folder, sha256.slice(0, 2), sha256);
  }

  /** Removes unfinished files of owners that are gone. */
  sweep(dead: readonly string[]): void {
    for (const file of listIfPresent(this.#temporary)) {
      if (dead.some((owner) => file.startsWith(`${owner}.`)))
        fs.rmSync(path.join(this.#temporary, file), { force: true });
    }
  }

  #create(): Sink {
    return this.#reporting(() => {
      if (!this.#prepared) fs.mkdirSync(this.#temporary, { recursive: true });
      this.#prepared = true;
      const file = path.join(this.#temporary, `${this.owner}.${randomBytes(6).toString('hex')}`);
      return new FileSink(
        file,
        fs.openSync(file, 'wx', 0o600),
        (ref) => this.#adopt(file, ref),
        (run) => this.#reporting(run),
      );
    });
  }

  /** Gives a finished file its name: synced before, and its folders after. */
  #adopt(file: string, ref: BlobRef): void {
    const target = this.path(ref.blob);
    const folder = path.dirname(target);
    const isNew = fs.mkdirSync(folder, { recursive: true }) !== undefined;
    fs.renameSync(file, target);
    syncFolder(folder);
    if (isNew) {
      syncFolder(this.folder);
      syncFolder(path.dirname(this.folder));
    }
  }

  #has(sha256: string, bytes: number): boolean {
    return fs.statSync(this.path(sha256), { throwIfNoEntry: false })?.size === bytes;
  }

  #reporting<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw storeErrorFromSystem(error, this.folder) ?? error;
    }
  }
}

class FileSink implements Sink {
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #open = true;

  constructor(
    private readonly file: string,
    private readonly fd: number,
    private readonly adopt: (ref: BlobRef) => void,
    private readonly reporting: <T>(run: () => T) => T,
  ) {}

  write(chunk: Uint8Array): void {
    this.reporting(() => {
      this.#requireOpen();
      for (let done = 0; done < chunk.byteLength; ) done += fs.writeSync(this.fd, chunk, done);
      this.#hash.update(chunk);
      this.#bytes += chunk.byteLength;
    });
  }

  end(): BlobRef {
    return this.reporting(() => {
      this.#requireOpen();
      const ref = { blob: this.#hash.digest('hex'), bytes: this.#bytes };
      fs.fdatasyncSync(this.fd);
      this.#close();
      this.adopt(ref);
      return ref;
    });
  }

  abort(): void {
    if (!this.#open) return;
    this.#close();
    fs.rmSync(this.file, { force: true });
  }

  #close(): void {
    this.#open = false;
    fs.closeSync(this.fd);
  }

  #requireOpen(): void {
    if (this.#open) return;
    throw new StoreError('STORE_CLOSED', 'the blob was ended already', { hint: 'this is a bug in keystone' });
  }
}

function syncFolder(folder: string): void {
  const fd = fs.openSync(folder, fs.constants.O_RDONLY);
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function listIfPresent(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}
