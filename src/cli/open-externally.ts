/** Opens a file or address with the program the desktop has for it. */
import { spawn } from 'node:child_process';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';

const OPENERS: Readonly<Record<string, readonly [command: string, ...args: string[]]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};

/** Settles once the opener has started. @throws {KeystoneError} when there is none. */
export async function openExternally(target: string): Promise<void> {
  const [command, ...args] = OPENERS[process.platform] ?? ['xdg-open'];
  await new Promise<void>((resolve, reject) => {
    const child = spawn(command, [...args, target], { detached: true, stdio: 'ignore' });
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
    child.once('error', (cause) => {
      const hint = `open it yourself: ${target}`;
      reject(
        new KeystoneError('NO_OPENER', `cannot start ${command}`, { exitCode: EXIT.failed, hint, cause }),
      );
    });
  });
}
