/** The built command line as a user runs it: a process in a project folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CLI } from './build.ts';
import type { Outcome } from './fake-app.ts';

export interface Running {
  readonly child: ChildProcess;
  readonly done: Promise<Outcome>;
  /** Settles when stdout and stderr together hold `text`. */
  seen(text: string): Promise<void>;
}

export class TestProject {
  readonly folder: string;

  constructor(files: Record<string, string> = {}) {
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), 'keystone-cli-')));
    mkdirSync(join(this.folder, '.keystone'));
    for (const [path, text] of Object.entries(files)) this.write(path, text);
  }

  write(path: string, text: string): void {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** Runs `keystone <argv>` to its end. */
  keystone(
    argv: readonly string[],
    options: { stdin?: string; env?: Record<string, string> } = {},
  ): Promise<Outcome> {
    return this.start(argv, options).done;
  }

  start(argv: readonly string[], options: { stdin?: string; env?: Record<string, string> } = {}): Running {
    const env = {
      PATH: process.env.PATH ?? '',
      HOME: this.folder,
      XDG_CONFIG_HOME: join(this.folder, 'xdg'),
      ...options.env,
    };
    const child = spawn(process.execPath, [CLI, ...argv], { cwd: this.folder, env });
    child.stdin.on('error', () => {}); // a command that does not read may end first
    child.stdin.end(options.stdin ?? '');
    return follow(child);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function follow(child: ChildProcess): Running {
  let stdout = '';
  let stderr = '';
  const waiting = new Set<() => void>();
  const notice = (): void => {
    for (const check of waiting) check();
  };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    notice();
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    notice();
  });
  const done = new Promise<Outcome>((resolve) => {
    child.once('close', (code) => resolve({ exitCode: code ?? -1, stdout, stderr }));
  });
  return {
    child,
    done,
    seen: (text) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (!`${stdout}${stderr}`.includes(text)) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
        void done.then(() => reject(new Error(`ended without "${text}":\n${stdout}\n${stderr}`)));
      }),
  };
}
