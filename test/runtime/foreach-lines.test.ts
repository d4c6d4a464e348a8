/** `foreach` over the lines of a file: the items are what the file held when the step began, whatever becomes of it. */
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { rerunRun } from '../../src/app/index.ts';
import type { RunSession } from '../../src/app/run-session.ts';
import {
  begin,
  die,
  finish,
  newWorld,
  openWorld,
  resume,
  runToEnd,
  settled,
  statuses,
} from './test-project.ts';

const each = (more = ''): string => `
name: t
inputs: { file: { type: string, default: hosts.txt } }
outputs: { all: "\${{ steps.e.output }}" }
steps:
  - { id: e, type: effect, foreach: { lines: "\${{ inputs.file }}" }, value: "\${{ index }} \${{ item }}"${more} }
`;

/** The file has been read, which takes real time. */
async function gathered({ host: { run } }: RunSession): Promise<void> {
  for (let tries = 0; tries < 1000 && !run.fanOuts.has('e') && !run.ledger.has('e'); tries++)
    await new Promise((resolve) => setTimeout(resolve, 5));
  await settled();
}

const outputsOf = async (text: string | Buffer): Promise<unknown> => {
  const world = newWorld();
  writeFileSync(join(world.cwd, 'hosts.txt'), text);
  const result = await finish(world, await begin(openWorld(world), each()));
  return result.outputs?.all ?? result.error;
};

describe('a file has the lines that the transform `lines` would give', () => {
  test.each<[string, string | Buffer, string[]]>([
    ['each is an item, an empty one too', 'a\n\nb\n', ['0 a', '1 ', '2 b']],
    ['the last one needs no end', 'a\nb', ['0 a', '1 b']],
    ['both ends of lines', 'a\r\nb\r\r\nc\rd', ['0 a', '1 b\r', '2 c\rd']],
    ['nothing has none', '', []],
    ['an empty line is one', '\n', ['0 ']],
    ['a byte order mark is none of it', '\uFEFFa\n', ['0 a']],
    ['only a byte order mark', '\uFEFF', []],
    ['characters of several bytes', 'grün\n⟦secret:x⟧\n日本', ['0 grün', '1 ⟦secret:x⟧', '2 日本']],
  ])('%s', async (_, text, items) => {
    expect(await outputsOf(text)).toEqual(items);
  });

  test('lines that lie across the pieces in which the file is read, and far apart', async () => {
    const lines = Array.from({ length: 1500 }, (_, n) => `${n} ${'x'.repeat(n)}`);
    const world = newWorld();
    writeFileSync(join(world.cwd, 'hosts.txt'), lines.join('\n'));
    const source = each(', transform: "output|split|first", concurrency: 500').replace('${{ index }} ', '');
    const result = await finish(world, await begin(openWorld(world), source));
    expect(result.outputs?.all).toEqual(lines.map((_, n) => String(n)));
  });
});

describe('what is no list of lines fails the step, and says why and where', () => {
  test.each<[string, string | Buffer, object]>([
    [
      'other bytes than UTF-8',
      Buffer.from([97, 10, 98, 10, 0xff, 10]),
      { code: 'NOT_TEXT', message: 'line 3 of "hosts.txt" is no UTF-8' },
    ],
    [
      'a line that is too long',
      `a\n${'x'.repeat(1_100_000)}\n`,
      { code: 'LINE_TOO_LONG', message: 'line 2 of "hosts.txt" is longer than 1024 KiB' },
    ],
  ])('%s', async (_, text, failure) => {
    expect(await outputsOf(text)).toMatchObject({ ...failure, stepId: 'e', details: { line: 6 } });
  });

  test.each([
    ['missing.txt', 'FILE_NOT_FOUND'],
    ['folder', 'NOT_A_FILE'],
    ['../outside.txt', 'OUTSIDE_CWD'],
    ['link.txt', 'OUTSIDE_CWD'],
    ['', 'FOREACH_LINES'],
  ])('%s: %s', async (file, code) => {
    const world = newWorld();
    mkdirSync(join(world.cwd, 'folder'));
    symlinkSync('/etc/hostname', join(world.cwd, 'link.txt'));
    const run = await begin(openWorld(world), each(), { inputs: { file } });
    const result = await finish(world, run);
    expect(result.error).toMatchObject({ code, stepId: 'e' });
    expect(result.steps.e?.attempts).toBe(0);
  });

  test('with allowFailure it is a step that failed', async () => {
    const world = newWorld();
    const result = await finish(world, await begin(openWorld(world), each(', allowFailure: true')));
    expect(result).toMatchObject({ status: 'success', steps: { e: { outcome: 'failed' } } });
  });

  test('outside the folder where that is meant', async () => {
    const world = newWorld();
    const source = each().replace(
      'lines: "${{ inputs.file }}"',
      'lines: /etc/hostname, allowOutsideCwd: true',
    );
    const result = await finish(world, await begin(openWorld(world), source));
    expect(result.outputs?.all).toEqual([`0 ${readFileSync('/etc/hostname', 'utf8').trimEnd()}`]);
  });
});

describe('an item stays the same line', () => {
  test('when the file changes after the step has begun, and the process dies', async () => {
    const world = newWorld({ files: { 'hosts.txt': 'a\nb\nc\n' } });
    const project = openWorld(world);
    const run = await begin(project, each(', concurrency: 1, gate: "${{ item }}"'));
    await gathered(run);
    world.effects.open('a');
    await settled();
    await settled();
    await die(project);
    rmSync(join(world.cwd, 'hosts.txt'));
    for (const gate of ['b', 'c']) world.effects.open(gate);
    const result = await finish(world, await resume(openWorld(world), run.runId));
    expect(result.outputs).toEqual({ all: ['0 a', '1 b', '2 c'] });
    expect(world.effects.begun).toEqual(['e[0]', 'e[1]', 'e[1]', 'e[2]']);
  });

  test('when failed items run again; from its beginning the step takes the file as it is then', async () => {
    const world = newWorld({ files: { 'hosts.txt': 'a\nb\nc\n' } });
    const project = openWorld(world);
    const source = each(
      ', failFast: false, retryable: false, fail: "${{ item == \'b\' && run.attempt == 1 }}"',
    );
    const first = await finish(world, await begin(project, source));
    expect(statuses(first)).toMatchObject({ 'e[0]': 'success', 'e[1]': 'failed', 'e[2]': 'success' });
    writeFileSync(join(world.cwd, 'hosts.txt'), 'x\ny\n');
    const again = (await rerunRun(project, first.runId, { wait: true })) as RunSession;
    const second = await finish(world, again);
    expect(second.outputs).toEqual({ all: ['0 a', '1 b', '2 c'] });
    expect(world.effects.begun).toEqual(['e[0]', 'e[1]', 'e[2]', 'e[1]']);
    const anew = (await rerunRun(project, first.runId, { from: 'e', wait: true })) as RunSession;
    expect((await finish(world, anew)).outputs).toEqual({ all: ['0 x', '1 y'] });
  });

  test('a step that reads the item of a settled fan-out, and its undo, see it too', async () => {
    const world = newWorld({ files: { 'hosts.txt': 'a\nb\n' } });
    const source = `
name: t
steps:
  - id: e
    type: effect
    foreach: { lines: hosts.txt }
    compensate: { id: u, type: effect, value: "\${{ item }}" }
  - { id: count, type: effect, value: "\${{ steps.e.items|length }}" }
  - { id: bad, type: effect, needs: count, fail: true, retryable: false }
`;
    const result = await finish(world, await begin(openWorld(world), source));
    expect(result.steps.count?.output).toBe(2);
    const undone = world.effects.log.filter(
      ({ path, what }) => what === 'end' && path.startsWith('compensate/'),
    );
    expect(undone.map(({ value }) => value)).toEqual(['b', 'a']);
  });
});

test('a line with a secret is kept without it, and is itself again when it is read', async () => {
  const world = newWorld({ files: { 'hosts.txt': 'user\npass hunter22 word\n' } });
  const source = each(', gate: go').replace('inputs: {', 'inputs: { token: { type: string, secret: true }, ');
  const project = openWorld(world);
  const inputs = { token: 'hunter22' };
  const run = await begin(
    project,
    `${source}  - { id: use, type: effect, value: "\${{ inputs.token }}" }\n`,
    { inputs },
  );
  await gathered(run);
  await die(project);
  const blobs = join(world.cwd, '.keystone/blobs');
  const kept = readdirSync(blobs, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
  expect(kept.join()).toContain('user\npass ');
  expect(kept.join()).not.toContain('hunter22');
  world.effects.open('go');
  await finish(world, await resume(openWorld(world), run.runId, { inputs }));
  expect(world.effects.log.filter(({ what }) => what === 'end').map(({ value }) => value)).toContain(
    '1 pass hunter22 word',
  );
});

test('a cancel while the file is read ends the step', async () => {
  const world = newWorld({ files: { 'hosts.txt': 'a\n' } });
  const run = await begin(openWorld(world), each());
  run.cancel('enough');
  const result = await finish(world, run);
  expect(result).toMatchObject({ status: 'canceled', steps: { e: { status: 'canceled' } } });
  expect(world.effects.begun).toEqual([]);
});

test('without lines there is nothing to do', async () => {
  const { result } = await runToEnd(each(), { files: { 'hosts.txt': '' } });
  expect(result).toMatchObject({ status: 'success', outputs: { all: [] } });
});
