/** The built command line in real processes, with the real engine. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CLI, ensureBuilt } from './build.ts';
import { shapeErrors } from './shape-errors.ts';
import { TestProject } from './spawn.ts';

beforeAll(ensureBuilt, 120_000);

const projects: TestProject[] = [];
function project(files: Record<string, string> = {}): TestProject {
  const made = new TestProject(files);
  projects.push(made);
  return made;
}
afterEach(() => {
  for (const made of projects.splice(0)) made.remove();
});

/** Files of the bundle that a command loads. */
async function loadedBy(argv: string[]): Promise<string[]> {
  const place = project({ 'a.yaml': 'name: a\nsteps:\n  - { id: a, run: "true" }\n' });
  const folder = join(place.folder, 'coverage');
  await place.keystone(argv, { env: { NODE_V8_COVERAGE: folder } });
  const urls = readdirSync(folder).flatMap((name): string[] =>
    JSON.parse(readFileSync(join(folder, name), 'utf8')).result.map(({ url }: { url: string }) => url),
  );
  return urls.filter((url) => url.startsWith('file:')).map((url) => new URL(url).pathname);
}

describe('start-up', () => {
  test('--version loads nothing but the entry and the version', async () => {
    const loaded = await loadedBy(['--version']);
    expect(loaded.length).toBeLessThanOrEqual(3);
    const bytes = loaded.reduce((sum, file) => sum + readFileSync(file).length, 0);
    expect(bytes).toBeLessThan(4096);
  });

  test('run loads no ink, table, diagram or prompt library', async () => {
    const loaded = await loadedBy(['run', 'a.yaml']);
    expect(loaded.length).toBeGreaterThan(3);
    expect(
      loaded.filter((file) => /node_modules\/(ink|react|mermaid|cli-table3|@clack|openai)/.test(file)),
    ).toEqual([]);
    const texts = loaded.map((file) => readFileSync(file, 'utf8')).join('');
    // Words that are only in these libraries' own code, for those that are in the bundle.
    const marks = {
      ink: 'yoga',
      'cli-table3': 'truncateWidth',
      react: 'react.transitional.element',
    };
    expect(Object.entries(marks).filter(([, mark]) => texts.includes(mark))).toEqual([]);
    const chunks = readdirSync('dist/chunks').map((name) => readFileSync(join('dist/chunks', name), 'utf8'));
    expect(Object.entries(marks).filter(([, mark]) => !chunks.some((text) => text.includes(mark)))).toEqual(
      [],
    );
  });
});

describe('a project from nothing', () => {
  const place = new TestProject();
  afterAll(() => place.remove());

  test('init, validate, run, look: each does what it says and exits 0', async () => {
    expect((await place.keystone(['init'])).exitCode).toBe(0);
    expect(await place.keystone(['validate'])).toMatchObject({
      exitCode: 0,
      stderr: '✔ 1 file without problems\n',
    });
    const run = await place.keystone(['run', 'hello', '-i', 'who=you']);
    expect(run).toMatchObject({ exitCode: 0 });
    expect(run.stdout).toContain('greetings: ["Hello, you!","Bonjour, you!","Hola, you!"]\n');
    expect(run.stderr).toMatch(/✔ greet {2}3\/3/);
  });

  test('what --json prints has the documented shapes', async () => {
    const json = async (...argv: string[]) => JSON.parse((await place.keystone([...argv, '--json'])).stdout);
    const shown = await json('show', 'last');
    expect(shapeErrors('run', shown)).toEqual([]);
    expect(shown.steps.greet.items).toHaveLength(3);
    expect(shapeErrors('history', await json('history'))).toEqual([]);
    expect(shapeErrors('workflows', await json('workflows'))).toEqual([]);
    expect(shapeErrors('why', await json('why', 'last', 'greet'))).toEqual([]);
    expect(shapeErrors('dry-run', await json('run', 'hello', '--dry-run'))).toEqual([]);
    expect(shapeErrors('validate', await json('validate'))).toEqual([]);
    const log = (await place.keystone(['logs', 'last', '--json'])).stdout.trimEnd().split('\n');
    expect(log.length).toBeGreaterThanOrEqual(4);
    expect(log.flatMap((line) => shapeErrors('log', JSON.parse(line)))).toEqual([]);
  });

  test('--events prints events of the documented shape, from run.started to run.finished', async () => {
    const { stdout, stderr } = await place.keystone(['run', 'hello', '--events']);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.flatMap((event) => shapeErrors('event', event))).toEqual([]);
    expect(events[0].type).toBe('run.started');
    expect(events.at(-1).type).toBe('run.finished');
    expect(stderr).toBe('');
  });

  test('run ids may be shortened, and unknown ones are answered', async () => {
    const { runId } = JSON.parse((await place.keystone(['show', 'last', '--json'])).stdout);
    expect((await place.keystone(['show', runId.slice(0, 5)])).stdout).toContain(runId);
    const unknown = await place.keystone(['show', 'zzzz']);
    expect(unknown.exitCode).toBe(2);
    expect(unknown.stderr).toContain('hint: ');
  });

  test('completion knows the project', async () => {
    const { stdout } = await place.keystone(['complete', '--', 'run', 'he']);
    expect(stdout).toContain('hello\tGreets');
  });

  test('db checkpoint leaves a database that can be read', async () => {
    expect((await place.keystone(['db', 'checkpoint'])).exitCode).toBe(0);
    expect(readFileSync(join(place.folder, '.keystone/state.db')).subarray(0, 15).toString()).toBe(
      'SQLite format 3',
    );
  });
});

describe('failures', () => {
  test('a workflow with problems is not run; each is shown with its place', async () => {
    const place = project({
      'bad.yaml':
        'name: bad\nsteps:\n  - id: a\n    run: echo\n    timeuot: 1s\n  - id: b\n    run: echo\n    needs: [c]\n',
    });
    for (const argv of [
      ['validate', 'bad.yaml'],
      ['run', 'bad.yaml'],
    ]) {
      const { exitCode, stdout, stderr } = await place.keystone(argv);
      expect(exitCode).toBe(2);
      expect(stdout + stderr).toMatch(/bad\.yaml:5:5/);
      expect(stdout + stderr).toMatch(/bad\.yaml:8:\d+/);
    }
  });

  test('a failing step is shown with its last words, and the exit code is 1', async () => {
    const place = project({
      'f.yaml':
        'name: f\nsteps:\n  - { id: a, run: "echo last words >&2; exit 4" }\n  - { id: b, needs: [a], run: echo }\n',
    });
    const { exitCode, stdout, stderr } = await place.keystone(['run', 'f.yaml']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('│ last words');
    expect(stderr).toMatch(/next: keystone logs \w+ a/);
    expect((await place.keystone(['why', 'last', 'b'])).stdout).toContain('a failed');
  });

  test('a reader that goes away ends a listing quietly', async () => {
    const place = project({ 'a.yaml': 'name: a\nsteps:\n  - { id: a, run: "seq 1 20000" }\n' });
    await place.keystone(['run', 'a.yaml']);
    const running = place.start(['logs', 'last']);
    running.child.stdout?.once('data', () => running.child.stdout?.destroy());
    expect(await running.done).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

describe('the configuration reaches the engine', () => {
  const BIG = 'name: big\nsteps:\n  - { id: a, run: "head -c 5000 /dev/zero | tr \'\\\\0\' x" }\n';

  test('storage.path and storage.blobThresholdKb say where values are kept', async () => {
    const place = project({
      'big.yaml': BIG,
      '.keystone/config.yaml': 'storage: { path: data/runs.db, blobThresholdKb: 1 }\n',
    });
    expect((await place.keystone(['run', 'big.yaml', '-q'])).exitCode).toBe(0);
    expect(existsSync(join(place.folder, 'data/runs.db'))).toBe(true);
    const blobs = readdirSync(join(place.folder, 'data/blobs'), { recursive: true });
    expect(blobs.length).toBeGreaterThan(0);
    const shown = JSON.parse((await place.keystone(['show', 'last', '--json'])).stdout);
    expect(shown.steps.a.status).toBe('success');
  });

  test('with the default threshold the same value stays in the database', async () => {
    const place = project({ 'big.yaml': BIG });
    expect((await place.keystone(['run', 'big.yaml', '-q'])).exitCode).toBe(0);
    const folder = join(place.folder, '.keystone/blobs');
    expect(existsSync(folder) ? readdirSync(folder, { recursive: true }) : []).toEqual([]);
  });

  test('concurrency limits the steps that run at once', async () => {
    const step = 'mkdir busy && sleep 0.05 && rmdir busy';
    const place = project({
      'c.yaml': `name: c\nsteps:\n  - { id: a, foreach: "[1,2,3]", run: "${step}" }\n`,
    });
    expect(
      (await place.keystone(['run', 'c.yaml', '-q'], { env: { KEYSTONE_CONCURRENCY: '1' } })).exitCode,
    ).toBe(0);
    expect(
      (await place.keystone(['run', 'c.yaml', '-q'], { env: { KEYSTONE_CONCURRENCY: '3' } })).exitCode,
    ).toBe(1);
  });

  test('wait.foreground says how long a run stays for a timer', async () => {
    const place = project({ 'nap.yaml': 'name: nap\nsteps:\n  - { id: nap, type: sleep, duration: 1m }\n' });
    expect(
      (await place.keystone(['run', 'nap.yaml', '-q'], { env: { KEYSTONE_WAIT_FOREGROUND: '30s' } }))
        .exitCode,
    ).toBe(3);
  });
});

describe('a workflow from standard input', () => {
  test('runs, with its outputs as JSON', async () => {
    const stdin =
      'name: piped\nsteps:\n  - { id: a, run: echo 42 }\noutputs: { n: "${{ steps.a.output|number }}" }\n';
    const { exitCode, stdout } = await project().keystone(['run', '-', '--json'], { stdin });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ workflow: 'piped', status: 'success', outputs: { n: 42 } });
  });
});

describe('waiting', () => {
  test('a long sleep suspends with --no-wait: exit code 3 and the command that goes on', async () => {
    const place = project({ 'nap.yaml': 'name: nap\nsteps:\n  - { id: nap, type: sleep, duration: 1h }\n' });
    const { exitCode, stderr } = await place.keystone(['run', 'nap.yaml', '--no-wait']);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/next: keystone resume \w+/);
    const canceled = await place.keystone(['cancel', 'last']);
    expect(canceled).toMatchObject({ exitCode: 0 });
    expect(JSON.parse((await place.keystone(['show', 'last', '--json'])).stdout).status).toBe('canceled');
  });
});

describe('signals', () => {
  const BLOCKING =
    'name: block\nsteps:\n  - { id: first, run: echo first }\n  - { id: block, needs: [first], run: "test -e go || { echo in; sleep 60; }" }\n';

  test('SIGINT cancels: steps end, finally runs, exit code 130', async () => {
    const place = project({ 'b.yaml': `${BLOCKING}finally:\n  - { id: bye, run: touch bye }\n` });
    const running = place.start(['run', 'b.yaml', '--events']);
    await running.seen('"in\\n"');
    running.child.kill('SIGINT');
    expect((await running.done).exitCode).toBe(130);
    expect(existsSync(join(place.folder, 'bye'))).toBe(true);
  });

  test('SIGTERM cancels with exit code 143', async () => {
    const place = project({ 'b.yaml': BLOCKING });
    const running = place.start(['run', 'b.yaml', '--events']);
    await running.seen('"in\\n"');
    running.child.kill('SIGTERM');
    expect((await running.done).exitCode).toBe(143);
  });

  test('a second SIGINT stops at once, and resume goes on without redoing what was done', async () => {
    const place = project({ 'b.yaml': `${BLOCKING}finally:\n  - { id: bye, run: sleep 60 }\n` });
    const running = place.start(['run', 'b.yaml', '--events']);
    await running.seen('"in\\n"');
    running.child.kill('SIGINT');
    await running.seen('"path":"finally/bye","kind":"shell","attempt":1');
    running.child.kill('SIGINT');
    expect((await running.done).exitCode).toBe(130);
    const shown = JSON.parse((await place.keystone(['show', 'last', '--json'])).stdout);
    expect(shown.steps.first).toMatchObject({ status: 'success', attempts: 1 });
    expect(['running', 'suspended', 'canceled']).toContain(shown.status);
  });

  test('cancel reaches a run in another process', async () => {
    const place = project({ 'b.yaml': BLOCKING });
    const running = place.start(['run', 'b.yaml', '--events']);
    await running.seen('"in\\n"');
    expect(JSON.parse((await place.keystone(['cancel', 'last', '--json'])).stdout)).toMatchObject({
      was: 'running',
      delivered: 'sent',
    });
    expect((await running.done).exitCode).toBe(1);
  });

  test('a run whose process was killed is resumed', async () => {
    const place = project({ 'b.yaml': BLOCKING });
    const running = place.start(['run', 'b.yaml', '--events']);
    await running.seen('"in\\n"');
    running.child.kill('SIGKILL');
    await running.done;
    place.write('go', '');
    const resumed = await place.keystone(['resume', 'last', '--json']);
    expect(resumed.exitCode).toBe(0);
    expect(JSON.parse(resumed.stdout)).toMatchObject({
      status: 'success',
      steps: { first: { attempts: 1 } },
    });
  });
});

describe('completion scripts', () => {
  /** What bash offers for a line, whose words are split as bash splits them. */
  function offeredByBash(place: TestProject, ...words: string[]): string[] {
    const array = words.map((word) => `'${word}'`).join(' ');
    const line = `keystone() { "${process.execPath}" "${CLI}" "$@"; }
      source <(keystone completion bash); source <(keystone completion bash)
      COMP_WORDS=(keystone ${array}); COMP_CWORD=${words.length}; _keystone; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['--norc', '-c', line], { encoding: 'utf8', cwd: place.folder })
      .trim()
      .split('\n');
  }

  test('bash completes with its script alone, also behind an equals sign', () => {
    const place = project({
      '.keystone/workflows/hello.yaml': 'name: hello\nsteps:\n  - { id: a, run: echo }\n',
    });
    expect(offeredByBash(place, 'val')).toEqual(['validate']);
    expect(offeredByBash(place, 'run', 'h')).toEqual(['hello']);
    expect(offeredByBash(place, 'graph', 'hello', '--format', '=', 'sv')).toEqual(['svg']);
    expect(offeredByBash(place, 'run', '$(touch owned)')).toEqual(['']);
    expect(existsSync(join(place.folder, 'owned'))).toBe(false);
  });

  test.each(['zsh', 'fish', 'pwsh'])('%s has one that asks keystone', (shell) => {
    const script = execFileSync(process.execPath, [CLI, 'completion', shell], { encoding: 'utf8' });
    expect(script).toMatch(/keystone['" ]* *complete/);
  });
});
