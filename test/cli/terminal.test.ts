/** A person at a terminal: the built command line in a pseudo terminal, with keys typed into it. */
import { spawn, spawnSync } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CLI, ensureBuilt } from './build.ts';
import { TestProject } from './spawn.ts';

/** util-linux's `script` gives a program a terminal; other systems' take other arguments. */
const canHaveTerminal =
  process.platform === 'linux' && spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;

const APPROVAL = `
name: deploy
steps:
  - { id: build, run: echo built }
  - { id: approve, type: human, message: "Deploy it?", needs: build }
  - { id: ship, run: "echo shipped", needs: approve, if: steps.approve.output }
outputs: { approved: "\${{ steps.approve.output }}" }
`;

const SECRET = `
name: secret
steps:
  - { id: use, run: 'printf %s "$T" | wc -c', env: { T: "\${{ secrets.NOWHERE_TO_BE_FOUND }}" } }
  - { id: ask, type: human, message: "Go on?", needs: use }
outputs: { length: "\${{ steps.use.output }}" }
`;

const projects: TestProject[] = [];
beforeAll(ensureBuilt, 120_000);
afterEach(() => {
  for (const each of projects.splice(0)) each.remove();
});

function atTerminal(...words: (string | { place: TestProject })[]) {
  const argv = words.filter((word) => typeof word === 'string');
  const former = words.find((word) => typeof word === 'object');
  const place = former?.place ?? new TestProject({ 'deploy.yaml': APPROVAL, 'secret.yaml': SECRET });
  projects.push(place);
  const command = `stty cols 90 rows 24; exec '${process.execPath}' '${CLI}' ${argv.join(' ')}`;
  const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: place.folder });
  let screen = '';
  const watchers = new Set<() => void>();
  child.stdout.on('data', (chunk: Buffer) => {
    screen += chunk.toString();
    for (const look of watchers) look();
  });
  const done = new Promise<number | null>((resolve) => child.on('exit', resolve));
  const seen = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (screen.includes(text)) resolve();
      };
      watchers.add(look);
      void done.then(() => reject(new Error(`ended without "${text}":\n${screen}`)));
      look();
    });
  return {
    place,
    done,
    seen,
    type: (keys: string) => child.stdin.write(keys),
    screen: () => stripVTControlCharacters(screen),
  };
}

describe.skipIf(!canHaveTerminal)('a run on a terminal', () => {
  test('asks the person there, and goes on with the answer', async () => {
    const { done, seen, type, screen } = atTerminal('run', 'deploy.yaml');
    await seen('Deploy it?');
    type('y');
    expect(await done).toBe(0);
    expect(screen()).toContain('approved: true');
    expect(screen()).toMatch(/✔.*ship/);
  });

  test('ends its question when the answer is given from elsewhere', async () => {
    const { place, done, seen, screen } = atTerminal('run', 'deploy.yaml');
    await seen('Deploy it?');
    expect(await place.keystone(['answer', 'last', 'approve', 'no'])).toMatchObject({ exitCode: 0 });
    expect(await done).toBe(0);
    expect(screen()).toContain('approved: false');
  });

  test('takes Ctrl+C in a question for what it is everywhere: the run is canceled', async () => {
    const { done, seen, type, screen } = atTerminal('run', 'deploy.yaml');
    await seen('Deploy it?');
    type('\u0003');
    expect(await done).toBe(130);
    expect(screen()).toContain('SIGINT: canceling');
  });

  test('puts a question aside with Esc, and shows how to answer it', async () => {
    const { place, done, seen, type } = atTerminal('run', 'deploy.yaml');
    await seen('Deploy it?');
    type('\u001b');
    await seen('answer it from anywhere: keystone answer ');
    expect(await place.keystone(['answer', 'last', 'approve', 'yes'])).toMatchObject({ exitCode: 0 });
    expect(await done).toBe(0);
  });

  test('asks for a secret that is found nowhere, shows nothing of it, and asks again when the run goes on', async () => {
    const first = atTerminal('run', 'secret.yaml', '--no-wait');
    await first.seen('secrets.NOWHERE_TO_BE_FOUND');
    first.type('hunter2-hunter2\r');
    expect(await first.done).toBe(3);
    expect(first.screen()).not.toContain('hunter2');
    const again = atTerminal('resume', 'last', '-i', 'ask=yes', { place: first.place });
    await again.seen('secrets.NOWHERE_TO_BE_FOUND');
    again.type('hunter3\r');
    expect(await again.done).toBe(0);
    expect(again.screen()).toContain('length: 15');
    expect(again.screen()).toContain('secrets.NOWHERE_TO_BE_FOUND is not the value this run began with');
    expect(again.screen()).not.toContain('hunter');
  });

  test('runs nothing when the question for a secret is left', async () => {
    const { place, done, seen, type, screen } = atTerminal('run', 'secret.yaml');
    await seen('secrets.NOWHERE_TO_BE_FOUND');
    type('\u0003');
    expect(await done).toBe(130);
    expect(screen()).toContain('set the variable NOWHERE_TO_BE_FOUND');
    expect((await place.keystone(['history'])).stdout).toBe('');
  });

  test('suspends with --no-wait', async () => {
    const { done, screen } = atTerminal('run', 'deploy.yaml', '--no-wait');
    expect(await done).toBe(3);
    expect(screen()).toMatch(/keystone answer \w+ approve yes/);
  });
});
