/** Which running kernel this is: processes can see each other die only when they share one. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { StoreError } from '../errors.ts';

export interface Machine {
  /** Host name, made fit for a file name. */
  host: string;
  /** Differs after every boot. */
  boot: string;
}

let cached: Machine | undefined;

/** @throws {StoreError} STORE_UNSUPPORTED on platforms without FIFOs. */
export function thisMachine(): Machine {
  cached ??= {
    host:
      hostname()
        .replace(/[^A-Za-z0-9]+/g, '-')
        .slice(0, 40) || 'host',
    boot: bootId(),
  };
  return cached;
}

function bootId(): string {
  switch (process.platform) {
    case 'linux':
      return shorten(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'));
    case 'darwin':
      return shorten(
        process
          .getBuiltinModule('node:child_process')
          .execFileSync('sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'utf8' }),
      );
    default:
      throw new StoreError('STORE_UNSUPPORTED', `keystone cannot keep a store on ${process.platform}`, {
        hint: 'use Linux, macOS, or WSL 2 with the project on its own disk',
      });
  }
}

function shorten(uuid: string): string {
  return uuid
    .replace(/[^0-9a-fA-F]/g, '')
    .slice(0, 12)
    .toLowerCase();
}
