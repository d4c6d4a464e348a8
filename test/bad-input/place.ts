/** Temporary projects for the built command line, removed after each file of tests, and a user who may not do everything. */
import { execFile, spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { afterAll } from 'vitest';
import { CLI } from '../cli/build.ts';
import type { Outcome } from '../cli/fake-app.ts';
import { TestProject } from '../cli/spawn.ts';

const places: TestProject[] = [];
// Some tests of a file run side by side, so nothing is removed before all have ended.
afterAll(() => {
  for (const place of places.splice(0)) place.remove();
});

/** To be removed when the tests are over. */
export function place(files: Record<string, string> = {}): TestProject {
  const made = new TestProject(files);
  places.push(made);
  return made;
}

/** A workflow of one step `a`, in YAML flow style. */
export const oneStep = (fields: string): string => `name: one\nsteps:\n  - { id: a, ${fields} }\n`;

/** `keystone <argv>` run by `sh`, for limits, pipes and folders that only a shell can arrange. `$KEYSTONE` is the command. */
export function inShell(
  where: TestProject,
  script: string,
  env: Record<string, string | undefined> = {},
): Promise<Outcome> {
  const options = {
    cwd: where.folder,
    env: {
      PATH: process.env.PATH,
      HOME: where.folder,
      XDG_CONFIG_HOME: where.folder,
      KEYSTONE: `${process.execPath} ${CLI}`,
      ...env,
    },
  };
  return new Promise((resolve) => {
    const child = execFile('bash', ['--norc', '-c', script], options, (_error, stdout, stderr) =>
      resolve({ exitCode: child.exitCode ?? -1, stdout, stderr }),
    );
    child.stdin?.end();
  });
}

/** Root may read and write everything; tests of permissions then run as `nobody`. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** Whether another user could start the command line at all. */
export const canActAsNobody = (): boolean =>
  spawnSync(process.execPath, [CLI, '--version'], { cwd: '/', ...nobody }).status === 0;

/** `keystone <argv>` by somebody whom file modes stop. */
export function asNobody(where: TestProject, argv: readonly string[]): Outcome {
  chmodSync(where.folder, 0o755);
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...argv], {
    cwd: where.folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: '/nonexistent' },
    ...nobody,
  });
  return { exitCode: status ?? -1, stdout, stderr };
}
