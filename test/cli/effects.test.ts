/** Commands about effects, pools and proofs: dedup, run --no-dedup, pools, why, validate --prove. */
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

describe('dedup', () => {
  const PAY = `name: pay
inputs: { order: { type: string, default: "7" } }
steps:
  - { id: pay, run: "echo paid >> paid; wc -l < paid", idempotencyKey: "'order-' + inputs.order", idempotencyScope: global }
  - { id: look, run: "echo looked", memoize: true, memoizeTtlSeconds: 3600 }
outputs: { paid: "\${{ steps.pay.output }}" }
`;

  test('an effect is had once, unless --no-dedup; list, clear and prune tell what is remembered', async () => {
    const here = project({ 'pay.yaml': PAY });
    expect(await here.cli(['dedup', 'list'])).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: 'no effect is remembered\n',
    });
    expect((await here.cli(['run', 'pay.yaml'])).stdout).toBe('paid: 1\n');
    expect((await here.cli(['run', 'pay.yaml'])).stdout).toBe('paid: 1\n');
    expect((await here.cli(['run', 'pay.yaml', '--no-dedup'])).stdout).toBe('paid: 2\n');
    expect((await here.cli(['run', 'pay.yaml'])).stdout).toBe('paid: 1\n');

    const { exitCode, value } = await here.json('dedup-list', 'dedup', 'list');
    expect([exitCode, value.map(({ scope }: { scope: string }) => scope).sort()]).toEqual([
      0,
      ['global', 'memo'],
    ]);
    const { stdout } = await here.cli(['dedup', 'list']);
    expect(stdout).toMatch(/^\w+ {2}global {2}order-7 {2}done {2}\w{10} pay {2}/m);
    expect((await here.json('dedup-list', 'dedup', 'list', '--run', 'last')).value).toEqual([]);

    expect((await here.json('dedup-prune', 'dedup', 'prune')).value).toEqual({ pruned: 0 });
    expect(await here.cli(['dedup', 'clear', 'order-7'])).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '1 forgotten\n',
    });
    expect((await here.cli(['run', 'pay.yaml'])).stdout).toBe('paid: 3\n');
    expect((await here.json('dedup-clear', 'dedup', 'clear', '--all')).value).toEqual({
      cleared: 2,
      kept: [],
    });
  });

  test('what to forget must be said, once', async () => {
    const here = project({});
    const hint = 'hint: see the keys with: keystone dedup list\n';
    for (const argv of [[], ['k', '--all']]) {
      expect([argv, await here.cli(['dedup', 'clear', ...argv])]).toEqual([
        argv,
        {
          exitCode: 2,
          stdout: '',
          stderr: `error: say what to forget: a key, --run or --all, and only one of them\n${hint}`,
        },
      ]);
    }
    expect(await here.cli(['dedup', 'clear', '--all', '--run', 'x'])).toMatchObject({
      exitCode: 2,
      stdout: '',
    });
    expect(await here.cli(['dedup', 'clear', 'nothing-like-it'])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `error: no effect has the key "nothing-like-it"\n${hint}`,
    });
    expect((await here.cli(['dedup', 'lits'])).stderr).toMatch(
      /unknown command 'lits'.*\nhint: did you mean list\?/,
    );
  });

  test('a key that is in flight in another run is not cleared: exit code 1, and the command that ends it', async () => {
    const here = project({
      'slow.yaml': `name: slow\nsteps:\n  - { id: a, run: "touch begun; until test -e go; do sleep 0.05; done", idempotencyKey: "'k'", idempotencyScope: global }\n`,
    });
    const running = here.cli(['run', 'slow.yaml']);
    await expect
      .poll(async () => (await here.cli(['dedup', 'list'])).stdout, { timeout: 20_000 })
      .toContain('in-flight');
    const run = await here.last();
    const kept = await here.cli(['dedup', 'clear', 'k']);
    expect(kept).toMatchObject({ exitCode: 1, stdout: '' });
    expect(kept.stderr).toContain(`step a is having its effect; end it with: keystone cancel ${run}`);
    here.write('go', '');
    expect((await running).exitCode).toBe(0);
  });
});

describe('pools', () => {
  test('shows who holds slots and who waits', async () => {
    const here = project({
      '.keystone/config.yaml': 'pools: { db: 1 }\n',
      'p.yaml': `name: p
steps:
  - { id: a, pool: db, run: "until test -e go; do sleep 0.05; done" }
  - { id: b, pool: db, run: echo b }
`,
    });
    expect((await here.json('pools', 'pools')).value).toMatchObject([
      { pool: 'db', used: 0, queued: 0, limit: 1 },
    ]);
    const running = here.cli(['run', 'p.yaml']);
    await expect
      .poll(async () => (await here.json('pools', 'pools')).value[0].queued, { timeout: 20_000 })
      .toBe(1);
    const { exitCode, stdout } = await here.cli(['pools']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^db +1 of 1 +100 % +1 wait, the longest .*\n {2}a +p +\w{10} +for /);
    expect((await here.cli(['why', 'last', 'b'])).stdout).toMatch(/waits for a slot \(pool db/);
    here.write('go', '');
    expect((await running).exitCode).toBe(0);
  });

  test('says so when none are configured', async () => {
    expect(await project({}).cli(['pools'])).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: 'no pools are configured\n',
    });
  });
});

describe('why', () => {
  test('answers for steps that ran, were skipped and have not begun, and finds a step by a name that is nearly its own', async () => {
    const here = project({
      'w.yaml': `name: w
steps:
  - { id: each, foreach: "[1, 2]", run: "echo \${{ item }}" }
  - { id: never, run: echo, if: "false", needs: each }
  - { id: hold, type: wait, event: e, needs: each }
  - { id: then, run: echo, needs: hold }
finally: [{ id: clean, run: echo }]
`,
    });
    await here.cli(['run', 'w.yaml']);
    const run = await here.last();
    const { exitCode, value } = await here.json('why', 'why', 'last', 'then');
    expect([exitCode, value]).toEqual([
      0,
      { step: 'then', status: 'pending', lines: ['waits for 1 of 1 needs: hold (waits for an event "e")'] },
    ]);
    expect(await here.cli(['why', 'last', 'never'])).toEqual({
      exitCode: 0,
      stdout: '– never skipped\n  if: false is false\n',
      stderr: '',
    });
    expect((await here.cli(['why', 'last', 'each[1]'])).stdout).toContain('ran 1 attempt');
    const refused: [string, string, string][] = [
      ['hlod', 'has no step "hlod"', 'did you mean hold?'],
      ['clean', 'has no step "clean"', 'did you mean finally/clean?'],
      ['zzzzzz', 'has no step "zzzzzz"', 'its steps: each, never, hold, then, finally/clean'],
      ['each[7]', 'has no each[7]', 'its items: each[0] to each[1]'],
    ];
    for (const [step, message, hint] of refused)
      expect(await here.cli(['why', 'last', step])).toEqual({
        exitCode: 2,
        stdout: '',
        stderr: `error: run ${run}${message.startsWith('has no step') ? ' of w' : ''} ${message}\nhint: ${hint}\n`,
      });
    expect(await here.cli(['logs', 'last', 'then'])).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: 'then has printed nothing\n',
    });
    expect((await here.cli(['logs', 'last', 'hlod'])).stderr).toContain('did you mean hold?');
  });
});

describe('validate --prove', () => {
  const BAD =
    'name: bad\nsteps:\n  - { id: a, run: echo, if: "false" }\n  - { id: b, run: "echo ${{ steps.a.output }}" }\n';
  const GOOD = 'name: good\nsteps:\n  - { id: a, run: echo }\n';

  test('shows what is refuted on stdout with its place, exits 2, and has one JSON shape with validate', async () => {
    const here = project({ 'bad.yaml': BAD, 'good.yaml': GOOD });
    const { exitCode, stdout, stderr } = await here.cli(['validate', '--prove', 'bad.yaml']);
    expect(stderr).toBe('');
    expect(stdout).toContain('bad.yaml:');
    expect((await here.json('validate', 'validate', '--prove', 'bad.yaml')).exitCode).toBe(exitCode);
    expect(exitCode).toBe(2);
    const good = await here.json('validate', 'validate', '--prove', 'good.yaml');
    expect(good.exitCode).toBe(0);
    expect(
      good.value.files[0].proof.findings.filter(({ severity }: { severity: string }) => severity === 'error'),
    ).toEqual([]);
    expect((await here.cli(['validate', '--prove', 'missing.yaml'])).exitCode).toBe(2);
    expect((await here.cli(['lint', '--prvoe'])).stderr).toMatch(/--prvoe.*\nhint: did you mean --prove\?/);
  });
});
