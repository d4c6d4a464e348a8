/** doctor, config migrate and manifest in the built command line. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ensureBuilt } from './build.ts';
import { TestProject } from './spawn.ts';

let project: TestProject;

beforeAll(ensureBuilt, 120_000);
beforeEach(() => {
  project = new TestProject({
    '.keystone/config.yaml': '# ours\npools: { api: 2 }\n',
    'flow.yaml': 'name: flow\nsteps:\n  - { id: a, run: "curl https://example.org" }\n',
  });
});
afterEach(() => project.remove());

describe('doctor', () => {
  test('finds a new project in order, and a store that runs were made in', async () => {
    const fresh = await project.keystone(['doctor', '--json']);
    const findings: { name: string; status: string }[] = JSON.parse(fresh.stdout);
    expect(findings.find(({ status }) => status === 'fail')).toBeUndefined();
    expect(fresh.exitCode).toBe(0);
    project.write('.keystone/workflows/hello.yaml', 'name: hello\nsteps:\n  - { id: a, run: "true" }\n');
    await project.keystone(['run', 'hello']);
    const { stdout } = await project.keystone(['doctor']);
    expect(stdout).toMatch(/✔ store +.*state\.db is sound, 1 run\n/);
  });

  test('tells a damaged store and says what to do, with exit code 1', async () => {
    project.write('.keystone/workflows/hello.yaml', 'name: hello\nsteps:\n  - { id: a, run: "true" }\n');
    await project.keystone(['run', 'hello']);
    const file = join(project.folder, '.keystone/state.db');
    const bytes = readFileSync(file);
    bytes.fill(0x55, 4096, 8192);
    writeFileSync(file, bytes);
    const { exitCode, stdout } = await project.keystone(['doctor']);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/✖ store [\s\S]*restore it from a backup/);
  });
});

describe('config migrate', () => {
  test('shows what it would do, does it, and takes it back', async () => {
    const user = join(project.folder, 'xdg/keystone/config.yaml');
    const preview = await project.keystone(['config', 'migrate', '--dry-run']);
    expect(preview.stdout).toContain('pools: { api: 2 }');
    expect(existsSync(user)).toBe(false);
    const moved = await project.keystone(['config', 'migrate', 'pools', '--to', 'user']);
    expect(moved).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('--to project') });
    expect(readFileSync(user, 'utf8')).toContain('pools: { api: 2 }');
    const shown = await project.keystone(['config', 'show', '--origin']);
    expect(shown.stdout).toMatch(/pools\.api.*xdg\/keystone\/config\.yaml/);
    const back = await project.keystone(['config', 'migrate', 'pools', '--to', 'project', '--json']);
    expect(JSON.parse(back.stdout)).toMatchObject({ moved: ['pools'], written: true });
    expect(readFileSync(join(project.folder, '.keystone/config.yaml'), 'utf8')).toContain(
      'pools: { api: 2 }',
    );
  });
});

describe('manifest and trust', () => {
  test('a manifest names commands, and the workflow runs elsewhere only with --trust', async () => {
    const { stdout } = await project.keystone(['manifest', 'flow.yaml']);
    expect(stdout).toMatch(/runs curl/);
    const elsewhere = new TestProject();
    const file = join(project.folder, 'flow.yaml');
    writeFileSync(file, 'name: flow\nsteps:\n  - { id: a, run: "echo trusted" }\n');
    const refused = await elsewhere.keystone(['run', file]);
    expect(refused).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('--trust') });
    expect((await elsewhere.keystone(['run', file, '--trust'])).exitCode).toBe(0);
    expect((await elsewhere.keystone(['run', file])).exitCode).toBe(0);
    elsewhere.remove();
  });
});
