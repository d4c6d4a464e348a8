/** Commands about waiting: answer, event, timers, scheduler. */
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

const ASK = `name: ask
steps:
  - { id: approve, type: human, message: Go?, assignees: [ops] }
  - { id: size, type: human, message: How large?, inputType: select, options: [small, large] }
  - { id: tag, type: human, message: Which tag?, inputType: text, schema: { pattern: "^v[0-9]+$" } }
  - { id: form, type: human, message: Details?, inputType: form, schema: { properties: { n: { type: integer } }, required: [n] } }
outputs: { size: "\${{ steps.size.output }}", form: "\${{ steps.form.output }}" }
`;
const ITEMS =
  'name: items\nsteps:\n  - { id: ok, type: human, message: "${{ item }}?", foreach: "[1, 2]" }\n';

describe('answer', () => {
  test('lists what is asked, takes the answers one by one, and goes on here until the run ends', async () => {
    const { cli, json } = bound(project({ 'ask.yaml': ASK }));
    const begun = await cli('run', 'ask.yaml');
    expect(begun).toMatchObject({ exitCode: 3, stdout: '' });
    expect(begun.stderr).toContain('⏸ size (human) asks: How large?');
    const commands = begun.stderr.match(/keystone answer .*?(?= {2})/g) ?? [];
    expect(commands.map((command) => command.split(' ').slice(3).join(' '))).toEqual([
      'approve yes',
      'size small',
      'tag "…"',
      "form '{…}'",
    ]);
    const list = await cli('answer');
    expect(list).toMatchObject({ exitCode: 0, stderr: '' });
    expect(list.stdout).toMatch(/^\w{10} {2}approve {2}Go\? +since /m);
    const { value } = await json('questions', 'answer', 'last');
    expect(value.map(({ path }: { path: string }) => path).sort()).toEqual([
      'approve',
      'form',
      'size',
      'tag',
    ]);

    const first = await cli('answer', 'last', 'approve', 'yes');
    expect(first).toMatchObject({ exitCode: 3, stdout: '' });
    expect(first.stderr).toMatch(/^answered approve; the run goes on here\n/);
    await cli('answer', 'last', 'size', 'large');
    await cli('answer', 'last', 'tag', 'v12');
    expect(await cli('answer', 'last', 'form', '{"n": 3}')).toMatchObject({
      exitCode: 0,
      stdout: 'size: large\nform: {"n":3}\n',
    });
    expect(await cli('answer')).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: 'no step waits for a person\n',
    });
    expect(await json('questions', 'answer')).toEqual({ exitCode: 0, value: [] });
  });

  test('refuses what is no answer, says what is asked, and changes nothing', async () => {
    const here = project({ 'ask.yaml': ASK, 'done.yaml': 'name: done\nsteps: [{ id: a, run: "true" }]\n' });
    const { cli } = bound(here);
    await cli('run', 'done.yaml');
    const done = await here.last();
    await cli('run', 'ask.yaml');
    const run = await here.last();
    const refused: [string[], string][] = [
      [['zzzz', 'approve', 'yes'], 'error: no run "zzzz"\nhint: see: keystone history\n'],
      [
        ['last', 'aprove', 'yes'],
        `error: step aprove of run ${run} does not wait for an answer\nhint: did you mean approve?\n`,
      ],
      [
        ['last', 'approve'],
        `error: approve asks: Go?\nhint: for example: keystone answer ${run} approve yes\n`,
      ],
      [
        ['last', 'size'],
        `error: size asks: How large?\nhint: for example: keystone answer ${run} size small\n`,
      ],
      [['last', 'approve', 'perhaps'], 'error: "perhaps" is neither yes nor no\nhint: it asks: Go?\n'],
      [['last', 'size', 'medium'], 'error: "medium" is none of small, large\nhint: it asks: How large?\n'],
      [
        ['last', 'tag', '12'],
        'error: tag: that is no answer: it must match pattern "^v[0-9]+$"\nhint: it asks: Which tag?\n',
      ],
      [
        ['last', 'form', '{"n": "three"}'],
        'error: form: that is no answer: "n" must be integer\nhint: it asks: Details?\n',
      ],
      [
        [done, 'a', 'yes'],
        `error: run ${done} has ended (success); nothing waits for an answer\nhint: look at it with: keystone show ${done}\n`,
      ],
    ];
    for (const [argv, stderr] of refused)
      expect([argv, await cli('answer', ...argv)]).toEqual([argv, { exitCode: 2, stdout: '', stderr }]);
    expect((await cli('answer', 'last', 'nobody', 'yes')).stderr).toMatch(
      /does not wait for an answer\nhint: these do: (?=.*approve)(?=.*form)(?=.*size)(?=.*tag)/,
    );
    expect((await cli('answer', 'last', 'form', '{n}')).stderr).toMatch(/^error: the answer is no JSON: /);
    expect((await cli('answer', 'last', '--json')).stdout.match(/"path"/g)).toHaveLength(4);
    expect(await cli('resume', 'last', '-i', 'size=medium')).toMatchObject({ exitCode: 2, stdout: '' });
    expect((await cli('resume', 'last', '-i', 'aprove=yes')).stderr).toContain('aprove');
  });

  test('--no-resume only stores it; a scheduler goes on with the run', async () => {
    const { cli, json } = bound(project({ 'items.yaml': ITEMS }));
    const begun = await cli('run', 'items.yaml');
    expect(begun.stderr).toMatch(/keystone answer \w+ 'ok\[0\]' yes/);
    const { value } = await json('answer', 'answer', 'last', 'ok[1]', 'no', '--no-resume');
    expect(value).toMatchObject({ path: 'ok[1]', outcome: 'stored' });
    const stored = await cli('answer', 'last', 'ok[0]', 'yes', '--no-resume');
    expect(stored).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: `stored the answer to ok[0]; go on with: keystone resume ${value.runId}\n`,
    });
    const scheduler = await cli('scheduler', '--once');
    expect(scheduler).toMatchObject({ exitCode: 0, stdout: '' });
    expect(scheduler.stderr).toContain(`run ${value.runId}: success\n`);
    expect((await json('run', 'show')).value.steps.ok.output).toEqual([true, false]);
  });
});

describe('event', () => {
  const WAIT =
    'name: w\nsteps: [{ id: w, type: wait, event: built, match: "data.ok" }]\noutputs: { got: "${{ steps.w.output }}" }\n';

  test('is sent to runs that wait, kept for those that will, and known by its key', async () => {
    const here = project({ 'w.yaml': WAIT });
    const { cli, json } = bound(here);
    const begun = await cli('run', 'w.yaml', '--no-wait');
    expect(begun).toMatchObject({ exitCode: 3, stdout: '' });
    expect(begun.stderr).toContain('w (wait) waits for event built');
    expect(begun.stderr).toContain('next: keystone event built');
    const { exitCode, value } = await json(
      'sent-event',
      'event',
      'built',
      '{"ok": true}',
      '--key',
      'k',
      '--run',
      'last',
    );
    expect({ exitCode, woken: value.woken.length }).toEqual({ exitCode: 0, woken: 1 });
    expect((await json('sent-event', 'event', 'built', '{"ok": true}', '--key', 'k')).value.id).toBe(
      value.id,
    );
    expect(await cli('resume', 'last')).toMatchObject({ exitCode: 0, stdout: 'got: {"ok":true}\n' });
    expect(await here.cli(['event', 'built', '-', '--ttl', '1h'], { stdin: '{"ok": 1}\n' })).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: 'sent built\n',
    });
  });

  test('with data that is no JSON, a time that is none or an unknown run is refused with exit code 2', async () => {
    const { cli } = bound(project({}));
    const refused: [string[], string][] = [
      [['e', '{ok}'], `error: the data is no JSON: {ok}\nhint: text needs quotes of its own: '"{ok}"'\n`],
      [
        ['e', '1', '--ttl', 'soon'],
        'error: --ttl soon: not a duration\nhint: write it like --ttl 30m, --ttl 2h or --ttl 3d\n',
      ],
      [
        ['e', '--run', 'last'],
        'error: there are no runs yet\nhint: begin one with: keystone run <workflow>\n',
      ],
    ];
    for (const [argv, stderr] of refused)
      expect([argv, await cli('event', ...argv)]).toEqual([argv, { exitCode: 2, stdout: '', stderr }]);
    expect((await cli('event')).exitCode).toBe(2);
  });
});

describe('timers and scheduler', () => {
  const SLEEPS = `name: s
steps:
  - { id: later, type: sleep, duration: 1h }
  - { id: soon, type: sleep, duration: 10s }
  - { id: word, type: wait, event: e }
`;

  test('timers lists what open runs wait for, soonest first; the scheduler has nothing to do before', async () => {
    const { cli, json } = bound(project({ 's.yaml': SLEEPS }));
    expect(await cli('timers')).toEqual({ exitCode: 0, stdout: '', stderr: 'nothing waits\n' });
    expect((await cli('run', 's.yaml', '--no-wait')).exitCode).toBe(3);
    const { exitCode, stdout, stderr } = await cli('timers');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.split('\n').map((line) => line.trim().split(/ {2,}/).slice(1, 4))).toEqual([
      ['s', 'soon', 'sleep'],
      ['s', 'later', 'sleep'],
      ['s', 'word', 'event'],
      [],
    ]);
    expect((await json('timers', 'timers', 'last')).value).toHaveLength(3);
    expect(await cli('timers', 'nope')).toMatchObject({ exitCode: 2, stdout: '' });
    const idle = await cli('scheduler', '--once');
    expect(idle).toMatchObject({ exitCode: 0, stdout: '' });
    expect(idle.stderr).toMatch(/nothing is due\n$/);
  });

  test('the scheduler leaves alone what it cannot go on with, and says why', async () => {
    const { cli } = bound(
      project({
        'k.yaml':
          'name: k\ninputs: { token: { type: string, secret: true } }\nsteps: [{ id: w, type: wait, event: e }]\n',
      }),
    );
    await cli('run', 'k.yaml', '-i', 'token=hunter2-secret');
    await cli('event', 'e');
    const { exitCode, stdout, stderr } = await cli('scheduler', '--once');
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    expect(stderr).toMatch(/^\S+ run (\w+) is left alone: .*token.*-i token=.*; try: keystone resume \1\n$/);
    expect(await cli('scheduler', '--once', '--width', 'many')).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'error: --width many: not a number of runs\nhint: for example: --width 4\n',
    });
  });
});

function bound(here: LocalProject) {
  return {
    cli: (...argv: string[]) => here.cli(argv),
    json: (shape: string, ...argv: string[]) => here.json(shape, ...argv),
  };
}
