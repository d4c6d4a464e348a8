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

  /**
   * @param owner marks files in the making, so that those of crashed processes can be told.
   * @param claim writes a holder down; after that the file is not removed.
   */
  constructor(
    private readonly folder: string,
    private readonly owner: string,
    private readonly claim: (holder: string, sha256: string) => void,
  ) {
    this.#temporary = path.join(folder, 'tmp');
  }

  /** @throws {StoreError} */
  put(content: Uint8Array, holder: string): BlobRef {
    const sha256 = createHash('sha256').update(content).digest('hex');
    this.claim(holder, sha256);
    if (!this.#has(sha256, content.byteLength)) {
      const sink = this.#create(holder);
      sink.write(content);
      return sink.end();
    }
    return { blob: sha256, bytes: content.byteLength };
  }

  /** @throws {StoreError} */
  open(holder: string): Sink {
    return this.#create(holder);
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

  /** Under the lock, and only what nobody holds. @returns its size; undefined when it is gone already. */
  remove(sha256: string): number | undefined {
    const file = this.path(sha256);
    return this.#reporting(() => {
      const bytes = fs.statSync(file, { throwIfNoEntry: false })?.size;
      fs.rmSync(file, { force: true });
      return bytes;
    });
  }

  /** Of all files, folder by folder. */
  *names(): Iterable<string[]> {
    for (const folder of listIfPresent(this.folder)) {
      if (!/^[0-9a-f]{2}$/.test(folder)) continue;
      const names = listIfPresent(path.join(this.folder, folder));
      yield names.filter((name) => /^[0-9a-f]{64}$/.test(name));
    }
  }

  #create(holder: string): Sink {
    return this.#reporting(() => {
      if (!this.#prepared) fs.mkdirSync(this.#temporary, { recursive: true });
      this.#prepared = true;
      const file = path.join(this.#temporary, `${this.owner}.${randomBytes(6).toString('hex')}`);
      return new FileSink(file, fs.openSync(file, 'wx', 0o600), {
        claim: ({ blob, bytes }) => {
          this.claim(holder, blob);
          return this.#has(blob, bytes);
        },
        adopt: (ref) => this.#adopt(file, ref),
        reporting: (run) => this.#reporting(run),
      });
    });
  }

  /** Gives a finished file its name: held and synced before, its folders synced after. */
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

/** What a finished file still needs. */
interface Adoption {
  /** Writes its holder down. @returns whether the same content is there already */
  claim(ref: BlobRef): boolean;
  adopt(ref: BlobRef): void;
  reporting<T>(run: () => T): T;
}

class FileSink implements Sink {
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #open = true;

  constructor(
    private readonly file: string,
    private readonly fd: number,
    private readonly adoption: Adoption,
  ) {}

  write(chunk: Uint8Array): void {
    this.adoption.reporting(() => {
      this.#requireOpen();
      for (let done = 0; done < chunk.byteLength; ) done += fs.writeSync(this.fd, chunk, done);
      this.#hash.update(chunk);
      this.#bytes += chunk.byteLength;
    });
  }

  end(): BlobRef {
    return this.adoption.reporting(() => {
      this.#requireOpen();
      const ref = { blob: this.#hash.digest('hex'), bytes: this.#bytes };
      const isThere = this.adoption.claim(ref);
      if (!isThere) fs.fdatasyncSync(this.fd);
      this.#close();
      if (isThere) fs.rmSync(this.file, { force: true });
      else this.adoption.adopt(ref);
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
