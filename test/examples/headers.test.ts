/** What the first comment of an example says to type is typed here, line by line, in a folder of its own. */
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { inShell } from '../bad-input/place.ts';
import { ensureBuilt } from '../cli/build.ts';
import { TestProject } from '../cli/spawn.ts';

const FOLDER = resolve('examples');

interface Line {
  command: string;
  exit: number;
}

/** `#   keystone run examples/x.yaml    exits 3: suspended`; what stands two spaces apart is for the reader. */
const linesOf = (file: string): Line[] =>
  [...readFileSync(join(FOLDER, file), 'utf8').matchAll(/^# {3}(\S.*?)(?: {2,}(?:exits (\d+))?.*)?$/gm)].map(
    ([, command = '', exit = '0']) => ({ command, exit: Number(exit) }),
  );

/** Where it is more than to run them, which examples.test.ts does. */
const files = readdirSync(FOLDER).filter(
  (name) =>
    name.endsWith('.yaml') && linesOf(name).some(({ command }) => !command.startsWith('keystone run ')),
);

/** What shows that a line did what the comment promises: a part of stdout and stderr together. */
const SHOWS: Record<string, Record<string, string>> = {
  'debug.yaml': {
    'keystone run examples/debug.yaml --debug': 'next: keystone unpause',
    'keystone why last deploy': 'the run is paused',
    'keystone logs last plan': '3 servers',
  },
  'detach.yaml': {
    'keystone show last': 'begun by receipt of run',
    'keystone history': 'detach-child',
  },
  'pause.yaml': {
    'keystone pause last': 'was suspended and is paused now',
    'keystone history': 'paused',
    'keystone scheduler --once': 'nothing is due',
    'keystone cancel last': 'is canceled now',
  },
  'rerun.yaml': {
    'keystone run examples/rerun.yaml': 'the server is down',
    'keystone rerun last --dry-run': 'upload    failed',
    'keystone rerun last': 'announced: built in attempt 1, announced in attempt 2',
    'keystone rerun last --from notes --only': '✔ notes',
    'keystone show last --json': '"former"',
  },
  'secrets.yaml': {
    'DEPLOY_KEY=k3y-of-today keystone run examples/secrets.yaml': '***',
  },
};

const projects: TestProject[] = [];
beforeAll(ensureBuilt, 120_000);
afterEach(() => {
  for (const project of projects.splice(0)) project.remove();
});

test('every example that says what to type is expected to show something', () => {
  expect(files).toEqual(Object.keys(SHOWS));
});

test.each(files)('%s does what its comment says when its lines are typed', async (file) => {
  const project = new TestProject();
  projects.push(project);
  cpSync(FOLDER, join(project.folder, 'examples'), { recursive: true }); // as if the reader had them here
  const missing = new Set(Object.keys(SHOWS[file] ?? {}));
  for (const { command, exit } of linesOf(file)) {
    const { exitCode, stdout, stderr } = await inShell(
      project,
      command.replace(/(?<!\S)keystone /, '$$KEYSTONE '),
    );
    expect([command, exitCode, exitCode === exit ? '' : stderr]).toEqual([command, exit, '']);
    const part = SHOWS[file]?.[command];
    if (part !== undefined) expect(`${stdout}${stderr}`).toContain(part);
    missing.delete(command);
  }
  expect([...missing]).toEqual([]);
});
