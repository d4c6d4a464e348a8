/** Mutual exclusion between processes by link(2), and the counter that tells the next holder whether anybody wrote. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { nap } from './nap.ts';
import { hasCode, type Token } from './token.ts';

const COUNTER_BYTES = 8;
const EAGER_ATTEMPTS = 500;
/** The holder's life is looked at on the 10th attempt, about 1 ms in, and every 64 attempts after. */
const LIVENESS_PERIOD = 64;
const LIVENESS_PHASE = 9;

export class FileMutex {
  readonly #folder: string;
  readonly #lock: string;
  readonly #counter: number;
  readonly #buffer = Buffer.alloc(COUNTER_BYTES);

  constructor(
    private readonly token: Token,
    private readonly timeoutMs: number,
  ) {
    this.#folder = token.folder;
    this.#lock = path.join(token.folder, 'lock');
    this.#counter = fs.openSync(
      path.join(token.folder, 'seq'),
      fs.constants.O_RDWR | fs.constants.O_CREAT,
      0o600,
    );
    this.#sweep();
  }

  /** Waits, without spinning, at most the time-out. False when it passed. */
  acquire(): boolean {
    if (this.#link(this.#lock)) return true;
    const end = Date.now() + this.timeoutMs;
    for (let attempt = 0; !this.#link(this.#lock); attempt += 1) {
      if (attempt % LIVENESS_PERIOD === LIVENESS_PHASE) {
        const holder = this.holder();
        if (holder === this.token.name || Date.now() > end) return false;
        if (holder !== undefined && !this.token.isAlive(holder)) this.#breakLockOf(holder);
      }
      nap(attempt < EAGER_ATTEMPTS ? 0.05 + Math.random() * 0.15 : 1 + Math.random());
    }
    return true;
  }

  release(): void {
    fs.unlinkSync(this.#lock);
  }

  /** Token of whoever has the mutex now. */
  holder(): string | undefined {
    return readIfPresent(this.#lock);
  }

  writeCount(): number {
    const got = fs.readSync(this.#counter, this.#buffer, 0, COUNTER_BYTES, 0);
    return got === COUNTER_BYTES ? this.#buffer.readDoubleLE(0) : 0;
  }

  setWriteCount(count: number): void {
    this.#buffer.writeDoubleLE(count, 0);
    fs.writeSync(this.#counter, this.#buffer, 0, COUNTER_BYTES, 0);
  }

  close(): void {
    fs.closeSync(this.#counter);
  }

  /**
   * Frees the lock of a dead process. Unlinking alone would race: two processes could both see it dead, and the slower one
   * unlink the lock of the next holder. So one live process must first win a claim named after the dead one.
   */
  #breakLockOf(dead: string): void {
    let claim = this.#claimOn(dead);
    while (!this.#link(claim)) {
      const claimant = readIfPresent(claim);
      if (claimant === this.token.name) break;
      if (claimant === undefined || this.token.isAlive(claimant)) return;
      claim += `+${claimant.slice(-12)}`;
    }
    if (this.holder() === dead) fs.unlinkSync(this.#lock);
  }

  /** Claims on a process that no longer has the lock are of no more use: it is dead and will never have it again. */
  #sweep(): void {
    const holder = this.holder();
    for (const file of fs.readdirSync(this.#folder)) {
      if (!file.startsWith('break-')) continue;
      const dead = file.slice('break-'.length).split('+')[0];
      if (dead !== holder) fs.rmSync(path.join(this.#folder, file), { force: true });
    }
  }

  #claimOn(dead: string): string {
    return path.join(this.#folder, `break-${dead}`);
  }

  #link(to: string): boolean {
    try {
      fs.linkSync(this.token.idFile, to);
      return true;
    } catch (error) {
      if (hasCode(error, 'EEXIST')) return false;
      throw error;
    }
  }
}

function readIfPresent(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
