/** Real files, real commands. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { findSecrets, type SecretSources } from '../../../src/services/secrets/find-secrets.ts';

let folder: string;
let heard: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'keystone-secrets-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  heard = '';
});

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

async function find(names: string[], sources: Partial<SecretSources> = {}): Promise<Record<string, string>> {
  const found = await findSecrets(names, {
    environment: {},
    files: [],
    workflow: 'release',
    cwd: folder,
    timeoutMs: 10_000,
    onStderr: (text) => {
      heard += text;
    },
    ...sources,
  });
  return Object.fromEntries(found);
}

describe('where secrets are found', () => {
  test('the environment goes before the file it names, that before .env files, the last of these first, and those before the command', async () => {
    const first = file('.env', 'A=env-file\nB=env-file\nC=env-file\nD=env-file\nE=x\n');
    const last = file('.env.local', 'C=local\nB_FILE=never\n');
    const environment = {
      A: 'environment',
      A_FILE: join(folder, 'no-such'),
      B_FILE: file('b', 'from a file\n'),
    };
    expect(
      await find(['A', 'B', 'C', 'D', 'F', 'G'], {
        environment,
        files: [first, last, join(folder, 'not-there')],
        command: 'for name; do echo "$name=asked"; done',
      }),
    ).toEqual({ A: 'environment', B: 'from a file', C: 'local', D: 'env-file', F: 'asked', G: 'asked' });
  });

  test('an empty value counts as none', async () => {
    expect(
      await find(['A', 'B'], {
        environment: { A: '', B: '', B_FILE: '' },
        files: [file('.env', 'A=1\nB=\n')],
      }),
    ).toEqual({
      A: '1',
    });
  });

  test('only the last line break of a named file is no part of the secret; its path is relative to the project', async () => {
    file('key', 'line 1\nline 2\n\n');
    expect(await find(['KEY'], { environment: { KEY_FILE: 'key' } })).toEqual({ KEY: 'line 1\nline 2\n' });
  });

  test('names of other things than variables are not found', async () => {
    expect(await find(['toString', 'constructor'])).toEqual({});
  });

  test.each([
    ['is not there', () => 'no-such', 'no such file'],
    ['is a folder', () => '.', 'it is a folder'],
    ['is no text', () => file('bytes', Uint8Array.from([0xff, 0xfe])), 'it is no text in UTF-8'],
    ['is too large', () => file('large', Buffer.alloc(1024 * 1024 + 1, 'x')), 'more than 1048576 bytes'],
  ])('a named file that %s is an error that names the variable', async (_what, path, reason) => {
    const finding = find(['KEY'], { environment: { KEY_FILE: path() } });
    await expect(finding).rejects.toMatchObject({ code: 'SECRETS_FILE', exitCode: 2 });
    await expect(finding).rejects.toThrow(new RegExp(`^KEY_FILE names .*cannot be read: .*${reason}`));
  });

  test('a .env file that cannot be read tells its line and none of its values', async () => {
    const env = file('.env', 'A=1\nB="hunter2\n');
    await expect(find(['A'], { files: [env] })).rejects.toThrow(
      `${env}, line 2: the " that begins B is never closed`,
    );
  });
});

describe('the command', () => {
  test('gets the names that are missing as arguments and as JSON, with the workflow, and what is around it', async () => {
    const program = file(
      'keeper.mjs',
      `import { readFileSync, writeFileSync } from 'node:fs';
       const asked = JSON.parse(readFileSync(0, 'utf8'));
       writeFileSync('asked.json', JSON.stringify({ asked, args: process.argv.slice(2), token: process.env.VAULT }));
       console.log(JSON.stringify({ A: 'x\\ny', B: 42, C: null, D: '', OTHER: 'not asked for' }));`,
    );
    const found = await find(['A', 'B', 'C', 'D', 'HERE'], {
      environment: { PATH: process.env.PATH ?? '', VAULT: 'opens', HERE: 'yes' },
      command: [process.execPath, program, '--read'],
    });
    expect(found).toEqual({ A: 'x\ny', B: '42', HERE: 'yes' });
    expect(JSON.parse(readFileSync(join(folder, 'asked.json'), 'utf8'))).toEqual({
      asked: { names: ['A', 'B', 'C', 'D'], workflow: 'release' },
      args: ['--read', 'A', 'B', 'C', 'D'],
      token: 'opens',
    });
  });

  test('is not asked when nothing is missing', async () => {
    await find(['A'], { environment: { A: '1' }, command: 'touch asked' });
    await find([], { command: 'touch asked' });
    expect(existsSync(join(folder, 'asked'))).toBe(false);
  });

  test('may talk on stderr', async () => {
    await find(['A'], { command: 'echo touch the key >&2; echo A=1' });
    expect(heard).toBe('touch the key\n');
  });

  test.each([
    ['exit 3', 'secrets.command ended with exit code 3'],
    ['kill -TERM $$', 'secrets.command was ended by SIGTERM'],
    ['echo "{hunter2"', 'secrets.command printed something that begins like JSON and is none'],
    [`echo '{"A": {"x": "hunter2"}}'`, 'secrets.command gave A as JSON that is no text'],
    [`echo 'A="hunter2'`, 'secrets.command printed lines that cannot be read: line 1'],
    ['head -c 17000000 /dev/zero', 'secrets.command printed more than 16777216 bytes'],
  ])('%s: %s', async (command, message) => {
    const finding = find(['A'], { command, environment: { PATH: process.env.PATH ?? '' } });
    await expect(finding).rejects.toThrow(message);
    await expect(finding).rejects.toMatchObject({ code: 'SECRETS_COMMAND', exitCode: 2 });
    await expect(finding).rejects.not.toThrow('hunter2');
  });

  test('that takes too long is ended with everything it has begun', async () => {
    const finding = find(['A'], { command: 'sleep 60 & echo $! > pid; wait', timeoutMs: 300 });
    await expect(finding).rejects.toThrow('secrets.command took longer than 300 ms (secrets.timeout)');
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    // Gone, or dead and merely not yet buried.
    const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
    expect(stdout).toMatch(/^(Z.*)?\s*$/);
  });

  test('that cannot be started says so', async () => {
    await expect(find(['A'], { command: ['/no/such/keeper'] })).rejects.toThrow(
      /secrets.command cannot be started: .*ENOENT/,
    );
  });
});
