/** How long runs are kept, and what goes with them. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { getArtifact, listArtifacts, listRuns, pruneRuns, showRun } from '../../src/app/index.ts';
import { acquireEngine } from '../../src/app/project.ts';
import {
  begin,
  finish,
  newWorld,
  openWorld,
  settled,
  type World,
  type WorldOptions,
} from '../runtime/test-project.ts';

const DAY = 86_400_000;
const LARGE = 'x'.repeat(70_000);

const flow = (more = '', name = 't'): string => `
name: ${name}
${more}
inputs: { n: { type: string, default: a } }
steps:
  - { id: say, type: effect, print: "hello\\n", value: "\${{ inputs.n }}" }
  - { id: keep, type: artifact, op: upload, name: notes, paths: notes.txt, needs: say }
`;

const world = (options: WorldOptions = {}): World =>
  newWorld({ ...options, files: { 'notes.txt': 'notes', ...options.files } });

const configured = (each: World, retention: { days?: number; keep?: number }): World => {
  const { days, keep } = retention;
  const storage = { ...each.config.storage, retention: { days, keep } };
  return { ...each, config: { ...each.config, storage } };
};

async function run(each: World, source: string, n?: string): Promise<string> {
  each.clock.advance(1000);
  return (await finish(each, await begin(openWorld(each), source, n === undefined ? {} : { inputs: { n } })))
    .runId;
}

const ids = async (each: World): Promise<string[]> =>
  (await listRuns(openWorld(each), {})).map(({ runId }) => runId);

/** Files below `.keystone` apart from the database: logs and blobs. */
function filesOf({ cwd }: World): string[] {
  return ['logs', 'blobs'].flatMap((folder) =>
    readdirSync(join(cwd, '.keystone', folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(join(cwd, '.keystone').length + 1)),
  );
}

test('the newest so many runs of a workflow stay when another one ends; the rest goes with logs, values and artifacts', async () => {
  const here = world();
  const source = flow('retention: { keep: 2 }');
  const runs = [];
  for (const n of ['1', '2', '3', '4']) {
    writeFileSync(join(here.cwd, 'notes.txt'), `notes ${n}`);
    runs.push(await run(here, source, n + LARGE));
  }
  const other = await run(here, flow('', 'other'));
  expect(await ids(here)).toEqual([other, runs[3], runs[2]]);
  const files = filesOf(here);
  for (const gone of runs.slice(0, 2)) expect(files.filter((file) => file.includes(gone ?? ''))).toEqual([]);
  // Of each run that is kept: the log of a step. Of the two of the workflow: output, raw result and a file, the last also of the other.
  expect(files.filter((file) => file.startsWith('logs/'))).toHaveLength(3);
  expect(files.filter((file) => file.startsWith('blobs/'))).toHaveLength(6);
  expect(await showRun(openWorld(here), runs[3] ?? '')).toMatchObject({
    status: 'success',
    artifacts: [{ name: 'notes', files: 1, bytes: 7 }],
  });
});

test('runs go so many days after they ended, as the configuration says where the workflow does not', async () => {
  const here = configured(world(), { days: 2 });
  const [first, longer] = [
    await run(here, flow()),
    await run(here, flow('retention: { days: 9 }', 'longer')),
  ];
  here.clock.advance(DAY);
  const second = await run(here, flow());
  here.clock.advance(DAY + 1);
  const { runs, kept, freed } = await pruneRuns(openWorld(here), { dryRun: true });
  expect(runs).toMatchObject([{ runId: first, workflow: 't', why: 'ended more than 2 days ago' }]);
  expect({ kept, freed }).toEqual({ kept: [], freed: { runs: 0, blobs: 0, bytes: 0 } });
  expect(await ids(here)).toContain(first);
  const third = await run(here, flow());
  expect(await ids(here)).toEqual([third, second, longer]);
  here.clock.advance(10 * DAY);
  expect((await pruneRuns(openWorld(here))).runs.map(({ runId }) => runId)).toEqual([longer, second, third]);
  expect(await ids(here)).toEqual([]);
  expect(filesOf(here)).toEqual([]);
});

test('nothing goes when nobody says so', async () => {
  const here = world();
  for (let n = 0; n < 3; n++) await run(here, flow());
  here.clock.advance(10_000 * DAY);
  expect((await pruneRuns(openWorld(here))).runs).toEqual([]);
  expect(await ids(here)).toHaveLength(3);
});

test('a prune may say for itself what is kept, whatever workflows say', async () => {
  const here = world();
  const runs = [];
  for (let n = 0; n < 3; n++) runs.push(await run(here, flow('retention: { keep: 9 }')));
  const { freed, runs: gone } = await pruneRuns(openWorld(here), { keep: 1 });
  expect(gone.map(({ why }) => why)).toEqual(['not among the newest 1', 'not among the newest 1']);
  expect(freed).toMatchObject({ runs: 2 });
  expect(await ids(here)).toEqual([runs[2]]);
});

test('runs that have not ended stay, and sub-workflows go with the run that began them', async () => {
  const here = world({
    files: {
      'child.yaml': flow('', 'child'),
      'wait.yaml': 'name: w\nsteps: [{ id: a, type: wait, event: e }]',
    },
  });
  const parent = `
name: p
retention: { keep: 1 }
steps: [{ id: sub, workflow: ./child.yaml }]
`;
  const waiting = await begin(openWorld(here), 'name: p\nsteps: [{ id: a, type: wait, event: e }]', {
    wait: false,
  });
  await settled();
  await waiting.result;
  await run(here, parent);
  const last = await run(here, parent);
  const left = await listRuns(openWorld(here), {});
  expect(left.map(({ workflow, status }) => `${workflow} ${status}`).sort()).toEqual([
    'child success',
    'p success',
    'p suspended',
  ]);
  const { freed } = await pruneRuns(openWorld(here), { days: 1, keep: 1 });
  expect(freed.runs).toBe(0);
  expect(await ids(here)).toContain(last);
  expect(filesOf(here).filter((file) => file.startsWith('logs/'))).toHaveLength(1);
});

test('what a prune that was cut short has left goes with the next one', async () => {
  const here = world();
  const [first] = [await run(here, flow(), `1${LARGE}`), await run(here, flow(), `2${LARGE}`)];
  const { engine, release } = await acquireEngine(openWorld(here));
  // As far as it got: the run is forgotten, and all that hangs on it is still there.
  expect(await engine.store.retention.forget([first], here.clock.now())).toEqual([first]);
  await release();
  expect(await ids(here)).toHaveLength(1);
  expect(filesOf(here).filter((file) => file.includes(first))).toHaveLength(1);
  expect((await pruneRuns(openWorld(here))).freed).toMatchObject({ runs: 0, blobs: 2 });
  expect(filesOf(here).filter((file) => file.includes(first))).toEqual([]);
  await showRun(openWorld(here), (await ids(here))[0] ?? '');
});

test('artifacts are listed with those of sub-workflows, and put into a folder', async () => {
  const here = world({ files: { 'child.yaml': flow('', 'child') } });
  const source = 'name: p\nsteps: [{ id: sub, workflow: ./child.yaml }]';
  const runId = await run(here, source);
  const project = openWorld(here);
  const [found] = await listArtifacts(project, runId);
  expect(found).toMatchObject({ name: 'notes', step: 'keep', files: 1, bytes: 5 });
  expect(found?.runId).not.toBe(runId);
  const folder = join(here.cwd, 'out/here');
  expect(await getArtifact(project, { runId, name: 'notes', folder })).toMatchObject({
    paths: ['notes.txt'],
    folder,
  });
  expect(existsSync(join(folder, 'notes.txt'))).toBe(true);
  await expect(getArtifact(project, { runId, name: 'no', folder })).rejects.toMatchObject({
    code: 'ARTIFACT_NOT_FOUND',
    exitCode: 2,
  });
  mkdirSync(join(here.cwd, 'busy/notes.txt'), { recursive: true });
  await expect(
    getArtifact(project, { runId, name: 'notes', folder: join(here.cwd, 'busy') }),
  ).rejects.toMatchObject({ code: 'ARTIFACT_FAILED', exitCode: 1 });
});
