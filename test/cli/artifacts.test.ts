/** Commands about what runs keep, and for how long: artifacts, prune. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { LocalProject } from './real-app.ts';

const projects: LocalProject[] = [];
afterEach(() => {
  for (const made of projects.splice(0)) made.remove();
});
function project(files: Record<string, string>): LocalProject {
  const made = new LocalProject(files);
  projects.push(made);
  return made;
}

const BUILD = `name: build
steps:
  - { id: make, run: "mkdir -p dist; printf hello > dist/app.js" }
  - { id: keep, type: artifact, op: upload, name: dist, paths: dist, needs: make }
`;

describe('artifacts', () => {
  test('are listed, told by show, and put into a folder', async () => {
    const here = project({ 'build.yaml': BUILD });
    await here.cli(['run', 'build.yaml']);
    const runId = await here.last();
    const listed = await here.cli(['artifacts', 'list']);
    expect(listed.stdout).toMatch(new RegExp(`^dist {2}1 file {2}5 B {2}${runId} keep {2}`));
    expect(listed.stderr).toBe(`get one with: keystone artifacts get ${runId} dist\n`);
    expect((await here.json('artifacts-list', 'artifacts', 'list', 'last')).value).toMatchObject([
      { name: 'dist', runId, step: 'keep', files: 1, bytes: 5 },
    ]);
    expect((await here.cli(['show'])).stdout).toContain(
      `artifact dist: 1 file, 5 B keystone artifacts get ${runId} dist`,
    );
    expect((await here.json('run', 'show')).value.artifacts).toEqual([{ name: 'dist', files: 1, bytes: 5 }]);

    const got = await here.cli(['artifacts', 'get', 'last', 'dist', '-o', 'out/there']);
    expect(got).toEqual({
      exitCode: 0,
      stdout: `${here.folder}/out/there/app.js\n`,
      stderr: `1 file in ${here.folder}/out/there\n`,
    });
    expect(readFileSync(join(here.folder, 'out/there/app.js'), 'utf8')).toBe('hello');
    const { value } = await here.json('artifacts-get', 'artifacts', 'get', runId, 'dist');
    expect(value).toMatchObject({ paths: ['app.js'], folder: `${here.folder}/dist` });
  });

  test('that are not there are refused with what there is', async () => {
    const here = project({ 'build.yaml': BUILD, 'none.yaml': 'name: none\nsteps: [{ id: a, run: "true" }]' });
    await here.cli(['run', 'build.yaml']);
    const { exitCode, stderr } = await here.cli(['artifacts', 'get', 'last', 'dits']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /has no artifact "dits"; there are dist\nhint: see them with: keystone artifacts list \w+\n/,
    );
    expect(existsSync(join(here.folder, 'dits'))).toBe(false);
    await here.cli(['run', 'none.yaml']);
    expect((await here.cli(['artifacts', 'list'])).stderr).toBe(
      `run ${await here.last()} has no artifacts\n`,
    );
  });
});

describe('prune', () => {
  test('tells what would go, and forgets it', async () => {
    const here = project({ 'build.yaml': BUILD });
    for (let n = 0; n < 3; n++) await here.cli(['run', 'build.yaml']);
    expect(await here.cli(['prune'])).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '0 runs forgotten, 0 stored values removed (0 B)\n',
    });
    const would = await here.cli(['prune', '--keep', '1', '--dry-run']);
    expect(would.stdout).toMatch(/^(\w{10} {2}build {2}success {2}.* {2}not among the newest 1\n){2}$/);
    expect(would.stderr).toBe('2 runs would go\n');
    expect((await here.json('history', 'history')).value).toHaveLength(3);
    const { value } = await here.json('prune', 'prune', '--keep', '1');
    expect(value).toMatchObject({ dryRun: false, kept: [], freed: { runs: 2 } });
    expect((await here.json('history', 'history')).value).toHaveLength(1);
    expect((await here.cli(['artifacts', 'get', 'last', 'dist'])).exitCode).toBe(0);
    expect((await here.cli(['prune', '--dry-run'])).stderr).toBe('nothing would go\n');
  });

  test('takes whole numbers only', async () => {
    const here = project({});
    for (const text of ['0', '-1', 'all', '1.5'])
      expect(await here.cli(['prune', `--days=${text}`])).toEqual({
        exitCode: 2,
        stdout: '',
        stderr: expect.stringContaining(`--days takes a whole number from 1, not "${text}"`),
      });
  });
});
