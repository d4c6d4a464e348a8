/** Strange surroundings: no folder, no home, no terminal, a terminal that can do little. */
import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import { ensureBuilt } from '../cli/build.ts';
import { inShell, oneStep, place } from './place.ts';

beforeAll(ensureBuilt, 120_000);

const FLOW = `${oneStep('run: sleep 0.6; echo hi')}outputs: { said: "\${{ steps.a.output }}" }\n`;

describe.concurrent('the folder keystone is started in', () => {
  test('may have been removed: said in a line, exit code 2', async () => {
    const where = place();
    const { exitCode, stdout, stderr } = await inShell(
      where,
      'mkdir gone && cd gone && rmdir ../gone && $KEYSTONE history',
    );
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(
      /error: the folder keystone was started in is gone\nhint: cd to a folder that exists\n$/,
    );
  });

  test('may be removed by a step: the next one says which folder is missing', async () => {
    const where = place({
      'sub/a.yaml':
        'name: a\nsteps:\n  - { id: a, run: rmdir ../empty }\n  - { id: b, needs: a, run: echo }\n',
      'sub/.keystone/config.yaml': '',
      'empty/.keep': '',
    });
    const { exitCode, stderr } = await inShell(
      where,
      'rm empty/.keep; cd empty && $KEYSTONE run ../sub/a.yaml',
    );
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/FOLDER_NOT_FOUND {2}.*\/empty/);
  });
});

describe.concurrent('the environment', () => {
  test('may lack HOME and nearly everything else', async () => {
    const where = place({ 'a.yaml': FLOW });
    const env = { HOME: undefined, XDG_CONFIG_HOME: undefined };
    expect(await inShell(where, '$KEYSTONE run a.yaml -q', env)).toEqual({
      exitCode: 0,
      stdout: 'said: hi\n',
      stderr: '',
    });
    const bare = await inShell(where, `exec env -i $KEYSTONE run a.yaml -q`);
    expect(bare).toEqual({ exitCode: 0, stdout: 'said: hi\n', stderr: '' });
  });
});

const hasScript =
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false;

/** Escape sequences, in what a terminal of this size and kind is sent. */
async function sentToTerminal(
  env: Record<string, string>,
  setUp = 'stty rows 24 cols 80',
): Promise<{ text: string; escapes: number }> {
  const where = place({ 'a.yaml': FLOW });
  const { stdout, exitCode } = await inShell(
    where,
    `script -qec '${setUp}; $KEYSTONE run a.yaml' /dev/null`,
    {
      TERM: 'xterm',
      ...env,
    },
  );
  expect({ exitCode, stdout }).toMatchObject({ exitCode: 0 });
  return { text: stdout, escapes: stdout.split('\u001b').length - 1 };
}

describe.concurrent('the terminal', () => {
  test('may be none: plain lines without colours, results on stdout alone', async () => {
    const { exitCode, stdout, stderr } = await inShell(place({ 'a.yaml': FLOW }), '$KEYSTONE run a.yaml', {
      TERM: 'xterm',
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'said: hi\n' });
    expect(stderr).toMatch(/^\d\d:\d\d:\d\d ▶ one {2}run \w+\n\d\d:\d\d:\d\d · a\n/);
    expect(stderr).not.toContain('\u001b');
  });

  test.runIf(hasScript)('gets a live display and colours when it can show them', async () => {
    const { text, escapes } = await sentToTerminal({});
    expect(escapes).toBeGreaterThan(5);
    expect(text).toContain('Ctrl+C cancels');
  });

  test.runIf(hasScript)('gets plain lines and no escape sequence when TERM is dumb', async () => {
    const { text, escapes } = await sentToTerminal({ TERM: 'dumb' });
    expect(escapes).toBe(0);
    expect(text).toMatch(/\d\d:\d\d:\d\d ✔ a/);
  });

  test.runIf(hasScript)('gets no colours with NO_COLOR', async () => {
    expect((await sentToTerminal({ NO_COLOR: '1' })).text).not.toMatch(/\u001b\[\d*m/);
  });

  test.runIf(hasScript)('is never cleared because it has no size', async () => {
    const { text } = await sentToTerminal({}, 'stty rows 0 cols 0');
    expect(text).not.toContain('\u001b[2J');
    expect(text).not.toContain('\u001b[3J');
  });
});
