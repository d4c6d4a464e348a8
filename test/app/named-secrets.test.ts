/** `secrets.<name>`: found before the run, in no file, and the same again when it goes on. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Type } from '@sinclair/typebox';
import { describe, expect, test } from 'vitest';
import { dryRun, rerunRun, showRun, validateFiles } from '../../src/app/index.ts';
import type { RunResult } from '../../src/app/types.ts';
import {
  begin,
  die,
  finish,
  newWorld,
  openWorld,
  resume,
  settled,
  type World,
  type WorldOptions,
} from '../runtime/test-project.ts';

const TOKEN = 'hunter2-very-secret-token';
const SOURCE = `
name: t
env: { TOKEN: "\${{ secrets.TOKEN }}" }
outputs: { carried: "\${{ steps.use.output }}" }
steps:
  - { id: make, type: effect, value: { header: "Bearer \${{ secrets.TOKEN }}" }, print: "using \${{ env.TOKEN }}\\n" }
  - { id: nap, type: sleep, duration: 1h, needs: make }
  - { id: use, type: effect, value: "\${{ steps.make.output.header }}", needs: nap }
`;

/** A world whose process has these variables; its configuration may say more of secrets. */
function worldWith(
  variables: Record<string, string>,
  options: WorldOptions & { secrets?: object; atRest?: boolean } = {},
): World {
  const world = newWorld(options);
  const { config } = world;
  return {
    ...world,
    config: {
      ...config,
      environment: { ...config.environment, ...variables },
      secrets: { ...config.secrets, ...options.secrets },
      storage: { ...config.storage, redactSecretsAtRest: options.atRest ?? true },
    },
  };
}

const withVariables = (world: World, variables: Record<string, string>): World => ({
  ...world,
  config: { ...world.config, environment: { PATH: process.env.PATH ?? '', ...variables } },
});

/** Every file the run left behind that holds the text. */
function filesWith(world: World, text: string): string[] {
  return readdirSync(join(world.cwd, '.keystone'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).includes(text));
}

const effectOf = (world: World, path: string) => world.effects.log.find((each) => each.path === path)?.value;

describe('a run with secrets', () => {
  test('gets them from the environment, hides them everywhere, and finds them again after a crash', async () => {
    const world = worldWith({ TOKEN });
    const project = openWorld(world);
    const run = await begin(project, SOURCE);
    const events: string[] = [];
    run.subscribe((event) => events.push(JSON.stringify(event)));
    await settled();
    await die(project);
    expect(effectOf(world, 'make')).toEqual({ header: `Bearer ${TOKEN}` });
    expect(filesWith(world, TOKEN)).toEqual([]);
    const second = await resume(openWorld(world), run.runId);
    expect(second.notices).toEqual([]);
    const result = await finish(world, second);
    expect(effectOf(world, 'use')).toBe(`Bearer ${TOKEN}`);
    expect(result.outputs).toEqual({ carried: 'Bearer ***' });
    expect(JSON.stringify([result, await showRun(openWorld(world), run.runId), events])).not.toContain(TOKEN);
    expect(events.some((event) => event.includes('using ***'))).toBe(true);
    expect(filesWith(world, TOKEN)).toEqual([]);
  });

  test('goes on with a secret that has changed, and says so', async () => {
    const world = worldWith({ TOKEN });
    const project = openWorld(world);
    const run = await begin(project, SOURCE);
    await settled();
    await die(project);
    const changed = withVariables(world, { TOKEN: 'the-new-token' });
    const second = await resume(openWorld(changed), run.runId);
    expect(second.notices).toEqual([
      expect.stringMatching(/^secrets.TOKEN is not the value this run began with/),
    ]);
    await finish(changed, second);
    expect(effectOf(world, 'use')).toBe('Bearer the-new-token');
    expect(filesWith(world, 'the-new-token')).toEqual([]);
  });

  test('does not go on without them, unless somebody types them', async () => {
    const world = worldWith({ TOKEN });
    const project = openWorld(world);
    const run = await begin(project, SOURCE);
    await settled();
    await die(project);
    const poor = withVariables(world, {});
    await expect(resume(openWorld(poor), run.runId)).rejects.toMatchObject({
      diagnostics: [{ code: 'SECRET_MISSING' }],
    });
    const asked: unknown[] = [];
    const second = await resume(openWorld(poor), run.runId, {
      askSecrets: async (missing) => {
        asked.push(missing);
        return { 'secrets.TOKEN': TOKEN };
      },
    });
    await finish(poor, second);
    expect(asked).toEqual([[{ name: 'secrets.TOKEN' }]]);
    expect(effectOf(world, 'use')).toBe(`Bearer ${TOKEN}`);
  });

  test('is told all that are missing with their places before anything happens, and how to give them', async () => {
    const world = worldWith({ ONE: 'here' }, { secrets: { command: 'true' } });
    const source = `name: t\nsteps:\n  - { id: a, run: "\${{ secrets.ONE }} \${{ secrets.TWO }}", env: { C: "\${{ secrets.THREE }}" } }\n`;
    const beginning = begin(openWorld(world), source);
    await expect(beginning).rejects.toThrow('secrets.TWO is not given; secrets.THREE is not given');
    await expect(beginning).rejects.toMatchObject({
      file: 'test.yaml',
      source,
      diagnostics: ['TWO', 'THREE'].map((name) => ({
        code: 'SECRET_MISSING',
        severity: 'error',
        message: `secrets.${name} is not given`,
        hint: `set the variable ${name}, or ${name}_FILE to the path of a file that holds it, or write ${name}=… into .env; secrets.command does not give it either`,
        span: {
          start: source.indexOf(`secrets.${name}`),
          end: source.indexOf(`secrets.${name}`) + 8 + name.length,
        },
      })),
    });
    expect(readdirSync(world.cwd)).not.toContain('.keystone');
  });

  test('can do without one that stands in default', async () => {
    const world = worldWith({});
    const source = `name: t\noutputs: { o: "\${{ steps.a.output }}" }\nsteps: [{ id: a, type: effect, value: "<\${{ secrets.MAYBE|default('none') }}>" }]\n`;
    expect((await finish(world, await begin(openWorld(world), source))).outputs).toEqual({ o: '<none>' });
    const given = begin(openWorld(world), source, { secrets: { MAYBE: 'a-given-one' } });
    expect((await finish(world, await given)).outputs).toEqual({ o: '<***>' });
  });

  test('asks the command once for all that is found nowhere else', async () => {
    const world = worldWith({ ONE: 'here-it-is' }, { files: { '.env': 'TWO=in-a-file\n' } });
    const count = join(world.cwd, 'asked');
    const config = {
      ...world.config.secrets,
      command: `echo "$*" >> ${count}; echo '{"THREE":"asked-for","FOUR":"4444"}'`,
    };
    const project = openWorld({ ...world, config: { ...world.config, secrets: config } });
    const source = `name: t\nsteps: [{ id: a, type: effect, value: ["\${{ secrets.ONE }}", "\${{ secrets.TWO }}", "\${{ secrets.THREE }}", "\${{ secrets.FOUR }}"] }]\n`;
    await finish(world, await begin(project, source));
    expect(effectOf(world, 'a')).toEqual(['here-it-is', 'in-a-file', 'asked-for', '4444']);
    expect(readFileSync(count, 'utf8')).toBe('THREE FOUR\n');
    for (const text of ['here-it-is', 'in-a-file', 'asked-for']) expect(filesWith(world, text)).toEqual([]);
  });

  test('hides and keeps from commands what secrets.names calls secret, and hands on what env names', async () => {
    const world = worldWith(
      {
        PATH: process.env.PATH ?? '',
        NPM_TOKEN: 'npm-secret-value',
        READ: 'read-secret',
        URL: 'https://u:read-secret@h',
        PLAIN: 'plain',
      },
      { secrets: { names: ['*_TOKEN'] } },
    );
    const source = `
name: t
outputs: { seen: "\${{ steps.a.output }}", given: "\${{ steps.b.output }}", file: "\${{ steps.c.output }}" }
steps:
  - { id: a, run: 'echo "$NPM_TOKEN.$READ.$URL.$PLAIN"', if: secrets.READ != '' }
  - { id: b, run: 'echo "$READ"', env: { READ: "\${{ secrets.READ }}" } }
  - { id: c, run: 'cat leak' }
`;
    writeFileSync(join(world.cwd, 'leak'), 'it is npm-secret-value');
    const result = await finish(world, await begin(openWorld(world), source));
    expect(result.outputs).toEqual({ seen: '...plain', given: '***', file: 'it is ***' });
  });

  test('shows in a dry run where they would go, and looks for none', async () => {
    const project = openWorld(worldWith({}));
    const { steps } = await dryRun(project, {
      workflow: 'x.yaml',
      source: SOURCE.replace(
        'type: effect, value: { header: "Bearer ${{ secrets.TOKEN }}" }, print: "using ${{ env.TOKEN }}\\n"',
        'run: "curl -H ${{ secrets.TOKEN }}"',
      ),
    });
    expect(steps[0]?.would).toBe('sh: curl -H ***');
  });
});

describe('storage.redactSecretsAtRest: false', () => {
  test('keeps secrets readable in the database, so that going on asks for none, and shows none', async () => {
    const world = worldWith({ TOKEN }, { atRest: false });
    const source = SOURCE.replace('env:', 'inputs: { key: { type: string, secret: true } }\nenv:').replace(
      '"Bearer ${{',
      '"${{ inputs.key }} Bearer ${{',
    );
    const project = openWorld(world);
    const run = await begin(project, source, { inputs: { key: 'an-input-secret' } });
    await settled();
    await die(project);
    expect(filesWith(world, TOKEN).length).toBeGreaterThan(0);
    const poor = withVariables(world, {});
    const result = await finish(poor, await resume(openWorld(poor), run.runId));
    expect(effectOf(world, 'use')).toBe(`an-input-secret Bearer ${TOKEN}`);
    expect(result.outputs).toEqual({ carried: '*** Bearer ***' });
    const again = await finish(
      poor,
      await rerunRun(openWorld(poor), run.runId, { from: 'use', wait: true }).then(asSession),
    );
    expect(again.outputs).toEqual({ carried: '*** Bearer ***' });
  });

  test('a value that has changed since goes before the stored one', async () => {
    const world = worldWith({ TOKEN }, { atRest: false });
    const project = openWorld(world);
    const run = await begin(project, SOURCE);
    await settled();
    await die(project);
    const changed = withVariables(world, { TOKEN: 'the-new-token' });
    await finish(changed, await resume(openWorld(changed), run.runId));
    expect(effectOf(world, 'use')).toBe('Bearer the-new-token');
  });
});

describe('sub-workflows', () => {
  const CHILD = `
name: child
inputs: { header: { type: string, pattern: "^Bearer " } }
outputs: { header: "\${{ inputs.header }}", own: "\${{ secrets.CHILD_KEY }}" }
steps:
  - { id: say, type: effect, value: "\${{ inputs.header|split(' ')|last }}", print: "\${{ inputs.header }}\\n" }
  - { id: nap, type: sleep, duration: 1h, needs: say }
  - { id: late, type: effect, value: "\${{ inputs.header }} \${{ steps.say.output }} \${{ secrets.CHILD_KEY }}", needs: nap }
`;
  const PARENT = `
name: parent
inputs: { token: { type: string, secret: true } }
outputs: { back: "\${{ steps.call.output }}" }
steps:
  - { id: call, type: workflow, workflow: ./child.yaml, inputs: { header: "Bearer \${{ inputs.token }}" } }
  - { id: after, type: effect, value: "\${{ steps.call.output.own }}", print: "\${{ steps.call.output.own }}\\n", needs: call }
`;
  const begun = async (world: World, source = PARENT) => {
    writeFileSync(join(world.cwd, 'parent.yaml'), source);
    const project = openWorld(world);
    const { runWorkflow } = await import('../../src/app/index.ts');
    const run = asSession(
      await runWorkflow(project, { workflow: 'parent.yaml', inputs: { token: TOKEN }, wait: true }),
    );
    await settled();
    return { project, run };
  };

  test('hide a secret that they got as an ordinary input, and bring their own back hidden, also after a crash', async () => {
    const world = worldWith({ CHILD_KEY: 'the-key-of-the-child' }, { files: { 'child.yaml': CHILD } });
    const { project, run } = await begun(world);
    await die(project);
    expect(effectOf(world, 'say')).toBe(TOKEN);
    expect(filesWith(world, TOKEN)).toEqual([]);
    const second = await resume(openWorld(world), run.runId, { inputs: { token: TOKEN } });
    const result = await finish(world, second);
    expect(result.status).toBe('success');
    expect(effectOf(world, 'late')).toBe(`Bearer ${TOKEN} ${TOKEN} the-key-of-the-child`);
    expect(effectOf(world, 'after')).toBe('the-key-of-the-child');
    expect(result.outputs).toEqual({ back: { header: 'Bearer ***', own: '***' } });
    expect(filesWith(world, TOKEN)).toEqual([]);
    expect(filesWith(world, 'the-key-of-the-child')).toEqual([]);
  });

  test('what one reads is missing before the parent begins, at the step that calls it', async () => {
    const world = worldWith({}, { files: { 'child.yaml': CHILD } });
    await expect(begun(world)).rejects.toMatchObject({
      diagnostics: [
        {
          code: 'SECRET_MISSING',
          message: './child.yaml reads secrets.CHILD_KEY, which is not given',
          span: { start: PARENT.indexOf('./child.yaml') },
        },
      ],
    });
  });

  test('what one reads that may not run at all is missing when it runs', async () => {
    const world = worldWith({}, { files: { 'child.yaml': CHILD } });
    const { run } = await begun(
      world,
      PARENT.replace('workflow: ./child', "if: inputs.token != '', workflow: ./child"),
    );
    const result: RunResult = await finish(world, run);
    expect(result.steps.call?.error).toMatchObject({
      code: 'SECRET_MISSING',
      message: expect.stringContaining('secrets.CHILD_KEY'),
    });
    const idle = PARENT.replace('workflow: ./child', "if: inputs.token == '', workflow: ./child");
    const other = await begun(world, idle.replace('needs: call', 'needs: call, if: false'));
    expect((await finish(world, other.run)).status).toBe('success');
  });

  test('one that is only named when it runs teaches its parent what it reads', async () => {
    const world = worldWith({ CHILD_KEY: 'the-key-of-the-child' }, { files: { 'child.yaml': CHILD } });
    const source = PARENT.replace('workflow: ./child.yaml', 'workflow: "./${{ \'child\' }}.yaml"');
    const { project, run } = await begun(
      world,
      `${source}  - { id: nap, type: sleep, duration: 1h, needs: after }\n  - { id: end, type: effect, value: "\${{ steps.after.output }}", needs: nap }\n`,
    );
    for (const _ of [1, 2, 3]) await settled();
    world.clock.advance(3_600_000);
    for (const _ of [1, 2, 3]) await settled();
    expect(effectOf(world, 'after')).toBe('the-key-of-the-child');
    expect(effectOf(world, 'end')).toBeUndefined();
    await die(project);
    expect(filesWith(world, 'the-key-of-the-child')).toEqual([]);
    const second = await resume(openWorld(world), run.runId, { inputs: { token: TOKEN } });
    const result = await finish(world, second);
    expect(effectOf(world, 'end')).toBe('the-key-of-the-child');
    expect(result.outputs).toEqual({ back: { header: 'Bearer ***', own: '***' } });
    expect(filesWith(world, 'the-key-of-the-child')).toEqual([]);
  });

  test('a detached one that is taken up alone wants the secrets its parent gave it', async () => {
    const world = worldWith({ CHILD_KEY: 'the-key-of-the-child' }, { files: { 'child.yaml': CHILD } });
    const source = PARENT.replace('workflow: ./child.yaml', 'workflow: ./child.yaml, detach: true').replace(
      / {2}- { id: after.*\n/,
      '',
    );
    const { project, run } = await begun(world, source);
    const { outputs } = await run.result;
    const childId = String((outputs?.back as { runId: string } | undefined)?.runId);
    await settled();
    await die(project);
    expect(filesWith(world, TOKEN)).toEqual([]);
    await expect(resume(openWorld(world), childId)).rejects.toMatchObject({
      code: 'INPUTS',
      hint: 'give -i parent.inputs.token=…',
    });
    const child = await resume(openWorld(world), childId, { inputs: { 'parent.inputs.token': TOKEN } });
    const result = await finish(world, child);
    expect(result.status).toBe('success');
    expect(effectOf(world, 'late')).toBe(`Bearer ${TOKEN} ${TOKEN} the-key-of-the-child`);
  });
});

describe('events', () => {
  test('carry a secret to steps of a run that has it, and nowhere else', async () => {
    const world = worldWith({ TOKEN });
    const waiter = `name: other\noutputs: { got: "\${{ steps.w.output }}" }\nsteps: [{ id: w, type: wait, event: news, oneShot: false }]\n`;
    const project = openWorld(world);
    const other = await begin(project, waiter);
    const source = `
name: t
inputs: { key: { type: string, secret: true } }
outputs: { got: "\${{ steps.w.output }}" }
steps:
  - { id: e, type: emit, event: news, scope: project, data: { a: "x \${{ secrets.TOKEN }}", b: "\${{ inputs.key }}", c: "⟦secret:secrets.TOKEN⟧" } }
  - { id: w, type: wait, event: news, oneShot: false, match: "data.b == inputs.key" }
  - { id: use, type: effect, value: "\${{ steps.w.output }}" }
`;
    const run = await begin(project, source, { inputs: { key: 'an-input-secret' } });
    await finish(world, run);
    expect(effectOf(world, 'use')).toEqual({
      a: `x ${TOKEN}`,
      b: 'an-input-secret',
      c: '⟦secret:secrets.TOKEN⟧',
    });
    const { outputs } = await finish(world, other);
    expect(outputs).toEqual({ got: { a: 'x ***', b: '***', c: '⟦secret:secrets.TOKEN⟧' } });
    for (const text of [TOKEN, 'an-input-secret']) expect(filesWith(world, text)).toEqual([]);
  });

  test('from outside bring text, whatever it looks like', async () => {
    const world = worldWith({ TOKEN });
    const project = openWorld(world);
    const { sendEvent } = await import('../../src/app/index.ts');
    const run = await begin(
      project,
      `name: t\nsteps:\n  - { id: w, type: wait, event: news }\n  - { id: use, type: effect, value: "\${{ steps.w.output }} \${{ secrets.TOKEN|length }}" }\n`,
    );
    await sendEvent(project, { event: 'news', data: '⟦secret:secrets.TOKEN⟧', ttlMs: 60_000 });
    await finish(world, run);
    expect(effectOf(world, 'use')).toBe(`⟦secret:secrets.TOKEN⟧ ${TOKEN.length}`);
  });

  test('cannot be named by a secret', async () => {
    const world = worldWith({ TOKEN });
    const run = await begin(
      openWorld(world),
      `name: t\nsteps: [{ id: e, type: emit, event: "news-\${{ secrets.TOKEN }}" }]\n`,
    );
    expect((await finish(world, run)).steps.e?.error?.code).toBe('SECRET_IN_NAME');
    expect(filesWith(world, TOKEN)).toEqual([]);
  });
});

test('a defect that quotes a secret does not tell it', async () => {
  const world = worldWith({ TOKEN });
  const broken = {
    kind: 'broken',
    summary: 'Throws what no kind should.',
    schema: Type.Object({ value: Type.String() }),
    control: 'suspend' as const,
    suspend({ value }: { value: string }): never {
      throw new TypeError(`cannot read ${value}`);
    },
  };
  const run = await begin(
    openWorld({ ...world, kinds: [broken] }),
    `name: t\nsteps: [{ id: a, type: broken, value: "\${{ secrets.TOKEN }}" }]\n`,
  );
  const error: Error = await finish(world, run).then(
    () => new Error('it ended'),
    (reason) => reason,
  );
  expect(error.message).toBe('cannot read ***');
  expect(error.stack).not.toContain(TOKEN);
});

test('validate looks at names only', async () => {
  const world = worldWith({}, { files: { 'a.yaml': SOURCE } });
  const { files } = await validateFiles(openWorld(world), ['a.yaml'], { strict: false });
  expect(files[0]?.diagnostics.map(({ code }) => code)).not.toContain('SECRET_MISSING');
  rmSync(join(world.cwd, 'a.yaml'));
});

function asSession(run: object): Awaited<ReturnType<typeof begin>> {
  return run as Awaited<ReturnType<typeof begin>>;
}
