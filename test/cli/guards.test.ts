/** What is refused before anything runs, as a user sees it: exit codes, places, what to do; and what the command of secrets may say. */
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ensureBuilt } from './build.ts';
import { TestProject } from './spawn.ts';

const projects: TestProject[] = [];
beforeAll(ensureBuilt, 120_000);
afterEach(() => {
  for (const each of projects.splice(0)) each.remove();
});

function project(files: Record<string, string>): TestProject {
  const made = new TestProject(files);
  projects.push(made);
  return made;
}

describe('secrets', () => {
  const FLOW = `name: flow
steps:
  - id: use
    run: test "$KEY" = from-the-keeper
    env: { KEY: "\${{ secrets.DEPLOY_KEY }}" }
`;

  test('that are missing end the command with 2, their place, and the ways to give them', async () => {
    const place = project({ 'flow.yaml': FLOW });
    const { exitCode, stderr, stdout } = await place.keystone(['run', 'flow.yaml']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('flow.yaml:5:22  SECRET_MISSING  secrets.DEPLOY_KEY is not given');
    expect(stderr).toContain('^^^^^^^^^^^^^^^^^^');
    expect(stderr).not.toContain('keystone validate');
    for (const way of ['the variable DEPLOY_KEY', 'DEPLOY_KEY_FILE', 'DEPLOY_KEY=… into .env'])
      expect(stderr).toContain(way);
    expect(existsSync(join(place.folder, '.keystone/state.db'))).toBe(false);
  });

  test('come from the command, whose talk is heard without them and whose answer is not', async () => {
    const config = `secrets: { command: 'echo "reading $1 (from-the-keeper) for you" >&2; echo "$1=from-the-keeper"' }\n`;
    const place = project({ 'flow.yaml': FLOW, '.keystone/config.yaml': config });
    const { exitCode, stderr, stdout } = await place.keystone(['run', 'flow.yaml']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    expect(stderr).toContain('reading DEPLOY_KEY (***) for you');
    expect(stderr).not.toContain('from-the-keeper');
  });

  test('end the command with 2 when their command fails, with what it said', async () => {
    const config = `secrets: { command: 'echo locked >&2; exit 9' }\n`;
    const place = project({ 'flow.yaml': FLOW, '.keystone/config.yaml': config });
    const { exitCode, stderr } = await place.keystone(['run', 'flow.yaml']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^locked\n[\s\S]*error: secrets.command ended with exit code 9/);
  });

  test('that are text stay text when they are given again, even if they look like JSON', async () => {
    const place = project({
      'flow.yaml': `name: flow
inputs: { token: { type: string, secret: true } }
steps:
  - { id: ask, type: human, message: "Go on with \${{ inputs.token }}?" }
  - { id: use, needs: ask, run: 'test "$T" = "{\\"a\\": 1}"', env: { T: "\${{ inputs.token }}" } }
`,
    });
    const given = ['-i', 'token={"a": 1}'];
    expect((await place.keystone(['run', 'flow.yaml', ...given, '--no-wait'])).exitCode).toBe(3);
    const { exitCode, stderr } = await place.keystone(['answer', 'last', 'ask', 'yes', ...given]);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  });

  test('are not looked for by commands that run nothing', async () => {
    const config = 'secrets: { command: touch asked }\n';
    const place = project({ 'flow.yaml': FLOW, '.keystone/config.yaml': config });
    for (const argv of [
      ['validate', 'flow.yaml'],
      ['run', 'flow.yaml', '--dry-run'],
      ['graph', 'flow.yaml'],
    ])
      expect((await place.keystone(argv)).exitCode).toBe(0);
    expect(existsSync(join(place.folder, 'asked'))).toBe(false);
  });
});

describe('what the configuration or the machine forbids ends the command with 4', () => {
  const refused = async (place: TestProject, env: Record<string, string> = {}) => {
    const { exitCode, stderr } = await place.keystone(['run', 'flow.yaml'], { env });
    expect(exitCode).toBe(4);
    expect(existsSync(join(place.folder, 'ran'))).toBe(false);
    return stderr;
  };
  const flow = (step: string): string =>
    `name: flow\nsteps:\n  - { id: first, run: touch ran }\n  - { id: second, needs: first, ${step} }\n`;

  test('a denied command', async () => {
    const place = project({
      'flow.yaml': flow('run: "true && /bin/rm -rf ran"'),
      '.keystone/config.yaml': 'shell: { denylist: [rm] }\n',
    });
    const stderr = await refused(place);
    expect(stderr).toContain(
      'step "second" of flow: it runs "/bin/rm -rf ran", which the configuration denies ("rm" in shell.denylist)',
    );
    expect(stderr).toContain('hint: do it in another way, or take "rm" out of shell.denylist');
  });

  test('a sandbox that is demanded where bubblewrap is not installed', async () => {
    const place = project({ 'flow.yaml': flow('run: "true", sandbox: { network: false }') });
    const stderr = await refused(place, { PATH: join(place.folder, 'bin') });
    expect(stderr).toContain('it wants a "sandbox", but bubblewrap (the program bwrap) is not installed');
  });

  test('a sandbox that is demanded where bubblewrap does not work', async () => {
    const place = project({
      'flow.yaml': flow('run: "true"'),
      '.keystone/config.yaml': 'shell: { sandbox: required }\n',
      'bin/bwrap': '#!/bin/sh\necho "bwrap: No permissions to create new namespace" >&2\nexit 1\n',
    });
    chmodSync(join(place.folder, 'bin/bwrap'), 0o755);
    const env = { PATH: `${join(place.folder, 'bin')}:/usr/bin:/bin` };
    const stderr = await refused(place, env);
    expect(stderr).toContain(
      'the configuration demands a sandbox (shell.sandbox: required), but bubblewrap does not work here: bwrap: No permissions to create new namespace',
    );
    // Where it is only wished for, things go on without.
    place.write('.keystone/config.yaml', 'shell: { sandbox: auto }\n');
    place.write('flow.yaml', 'name: flow\nsteps:\n  - { id: a, run: "echo went on > ran" }\n');
    expect((await place.keystone(['run', 'flow.yaml'], { env })).exitCode).toBe(0);
    expect(readFileSync(join(place.folder, 'ran'), 'utf8')).toBe('went on\n');
  });

  test('a step that refuses the sandbox the configuration demands', async () => {
    const place = project({
      'flow.yaml': flow('run: "true", sandbox: false'),
      '.keystone/config.yaml': 'shell: { sandbox: required }\n',
    });
    expect(await refused(place, { PATH: '/usr/bin:/bin' })).toMatch(/"sandbox: false", but|but bubblewrap/);
  });
});
