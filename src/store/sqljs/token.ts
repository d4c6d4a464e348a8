/**
 * A process's token in a store's lock folder. It is alive as long as its FIFO has a reader, and the kernel drops the reader
 * at any kind of death, so no heartbeat is needed and a dead owner is seen at once.
 */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { StoreError } from '../errors.ts';
import { thisMachine } from './machine.ts';

const { O_RDONLY, O_WRONLY, O_NONBLOCK } = fs.constants;
const SPARE_PREFIX = 'spare-';

export interface TokenParts {
  host: string;
  boot: string;
  pid: number;
}

/** `web01_5f0c2b7d91ee_4711_0f3a…` → its parts; `undefined` when it is no token. */
export function parseToken(name: string): TokenParts | undefined {
  const [host, boot, pid, random] = name.split('_');
  return host && boot && pid && random ? { host, boot, pid: Number(pid) } : undefined;
}

export class Token {
  readonly name: string;
  /** A file holding the name; hard links to it are claims. */
  readonly idFile: string;
  readonly #fifo: string;
  readonly #reader: number;

  /** @throws {StoreError} STORE_OTHER_MACHINE, STORE_UNSUPPORTED; system errors as they are. */
  constructor(readonly folder: string) {
    const { host, boot } = thisMachine();
    this.name = `${host}_${boot}_${process.pid}_${randomBytes(6).toString('hex')}`;
    this.idFile = path.join(folder, `${this.name}.id`);
    this.#fifo = path.join(folder, `${this.name}.fifo`);
    this.#reader = this.#openFifo();
    fs.writeFileSync(this.idFile, this.name, { mode: 0o600 });
    try {
      this.deadTokens = this.#sweep();
    } catch (error) {
      this.retire();
      throw error;
    }
  }

  /** Tokens found dead on arrival: crashed processes, whose leftovers may be removed. */
  readonly deadTokens: readonly string[];

  /** Is the process (in fact: the open store) of this token still there? */
  isAlive(name: string): boolean {
    const parts = parseToken(name);
    if (parts === undefined || name === this.name) return parts !== undefined;
    const { host, boot } = thisMachine();
    if (parts.boot !== boot) {
      if (parts.host === host) return false; // the machine was started anew since
      throw otherMachine(this.folder, parts);
    }
    try {
      fs.closeSync(fs.openSync(path.join(this.folder, `${name}.fifo`), O_WRONLY | O_NONBLOCK));
      return true;
    } catch (error) {
      if (hasCode(error, 'ENXIO', 'ENOENT')) return false;
      if (hasCode(error, 'EACCES', 'EPERM')) return true; // of another user: do not guess
      throw error;
    }
  }

  /** Leaves the FIFO for the next process, which then need not make one. */
  retire(): void {
    fs.closeSync(this.#reader);
    fs.rmSync(this.idFile, { force: true });
    this.#setAside(this.name);
  }

  #openFifo(): number {
    for (const spare of this.#list(SPARE_PREFIX)) {
      try {
        fs.renameSync(path.join(this.folder, spare), this.#fifo);
        return fs.openSync(this.#fifo, O_RDONLY | O_NONBLOCK);
      } catch (error) {
        if (!hasCode(error, 'ENOENT')) throw error; // else another process took it
      }
    }
    makeFifo(this.#fifo);
    return fs.openSync(this.#fifo, O_RDONLY | O_NONBLOCK);
  }

  /** Removes what crashed processes left. Refuses a folder that another machine uses. */
  #sweep(): string[] {
    const names = this.#list('').flatMap((file) => (file.endsWith('.id') ? [file.slice(0, -3)] : []));
    const dead = names.filter((name) => parseToken(name) !== undefined && !this.isAlive(name));
    for (const name of dead) {
      fs.rmSync(path.join(this.folder, `${name}.id`), { force: true });
      this.#setAside(name);
    }
    return dead;
  }

  #setAside(name: string): void {
    try {
      const spare = `${SPARE_PREFIX}${randomBytes(6).toString('hex')}`;
      fs.renameSync(path.join(this.folder, `${name}.fifo`), path.join(this.folder, spare));
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
    }
  }

  #list(prefix: string): string[] {
    return fs.readdirSync(this.folder).filter((file) => file.startsWith(prefix));
  }
}

function makeFifo(file: string): void {
  try {
    childProcess().execFileSync('mkfifo', ['-m', '600', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[1] ?? error.message) : String(error);
    throw new StoreError(
      'STORE_UNSUPPORTED',
      `no named pipe can be made in ${path.dirname(file)}: ${reason}`,
      {
        cause: error,
        hint: 'the store needs a local file system with named pipes; choose another folder with storage.path',
      },
    );
  }
}

/** Loaded only when needed: it is a millisecond of start-up, and FIFOs are nearly always taken over from others. */
function childProcess(): typeof import('node:child_process') {
  return process.getBuiltinModule('node:child_process');
}

function otherMachine(folder: string, parts: TokenParts): StoreError {
  return new StoreError(
    'STORE_OTHER_MACHINE',
    `the store is in use from another machine, ${parts.host} (pid ${parts.pid})`,
    {
      hint: `a store belongs to one machine; if nothing runs on ${parts.host} any more, remove ${folder} and try again`,
    },
  );
}

export function hasCode(error: unknown, ...codes: string[]): boolean {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code)
  );
}
