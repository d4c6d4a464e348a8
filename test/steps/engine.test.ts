/** The engine kind: what may be started, in which version, with what, and where its summary is found. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ArtifactService, ArtifactUpload } from '../../src/services/artifacts/artifact-service.ts';
import { isGroupAlive } from '../../src/services/process/process-group.ts';
import { engine } from '../../src/steps/engine/index.ts';
import { holdsVersion } from '../../src/steps/engine/version.ts';
import { type TestContext, testContext } from './context.ts';
import { runExample } from './run-example.ts';

const DENYLIST = ['sh', 'bash'];
/** Artifacts of the last test. */
let kept: ArtifactUpload[] = [];
beforeEach(() => {
  kept = [];
});

/** A tool in the context's folder, allowed as "tool". */
function withTool(script: string, version = '1.2.3'): TestContext {
  const config = { allowlist: {}, denylist: DENYLIST };
  const artifacts = { upload: async (upload: ArtifactUpload) => void kept.push(upload) };
  const ctx = testContext({
    config,
    env: { NAMED: 'yes' },
    services: { artifacts: artifacts as unknown as ArtifactService },
  });
  const command = join(ctx.cwd, 'tool');
  writeFileSync(
    command,
    `#!/bin/sh\n[ "$1" = --version ] && { echo "tool v1.2.3 (linux)"; exit; }\n${script}\n`,
  );
  chmodSync(command, 0o755);
  mkdirSync(join(ctx.cwd, 'work'));
  Object.assign(config.allowlist, { tool: { command, version, versionArgs: ['--version'] } });
  return ctx;
}
const run = async (ctx: TestContext, fields: object = {}) =>
  engine.run?.({ command: 'tool', cwd: 'work', ...fields }, ctx);

describe('what may be started', () => {
  const config = {
    allowlist: {
      tool: { command: '/opt/tool', version: '1', versionArgs: [] },
      bash5: { command: '/bin/bash', version: '5', versionArgs: [] },
    },
    denylist: DENYLIST,
  };

  it('refuses what the configuration does not name before a run begins, and says what to add', () => {
    expect(engine.refuse?.({ command: 'codex' }, config)).toEqual({
      code: 'ENGINE_NOT_ALLOWED',
      message: 'engine "codex" is not allowed; allowed are tool, bash5',
      hint: expect.stringContaining('codex: { command: codex, version:'),
    });
    expect(engine.refuse?.({ command: 'toString' }, config)).toMatchObject({ code: 'ENGINE_NOT_ALLOWED' });
    expect(engine.refuse?.({ command: 'tool' }, config)).toBeUndefined();
  });

  it('refuses a shell under another name', () => {
    expect(engine.refuse?.({ command: 'bash5' }, config)).toMatchObject({ code: 'ENGINE_DENIED' });
  });

  it('refuses a name that a template made, when it is known', async () => {
    expect(engine.refuse?.({ command: '${{ inputs.x }}' }, config)).toBeUndefined();
    await expect(run(withTool('touch ran'), { command: 'other' })).rejects.toMatchObject({
      code: 'ENGINE_NOT_ALLOWED',
      retryable: false,
    });
  });

  it('starts nothing in another version than the pinned one', async () => {
    const ctx = withTool('touch ran', '1.2');
    await expect(run(ctx)).rejects.toMatchObject({
      code: 'ENGINE_VERSION',
      message: expect.stringMatching(
        /pinned to version 1\.2, but .*tool --version printed "tool v1\.2\.3 \(linux\)"/,
      ),
    });
    expect(existsSync(join(ctx.cwd, 'work/ran'))).toBe(false);
  });

  it.each([
    ['tool 1.2.3', true],
    ['v1.2.3', true],
    ['tool/1.2.3 linux', true],
    ['1.2.3.', true],
    ['11.2.3', false],
    ['1.2.30', false],
    ['1.2.3.4', false],
    ['1.2.3-beta', false],
    ['1x2x3', false],
  ])('"%s" is version 1.2.3: %s', (printed, holds) => {
    expect(holdsVersion(printed, '1.2.3')).toBe(holds);
  });

  it('says when the program is not there', async () => {
    const config = {
      allowlist: { gone: { command: 'no-such-tool', version: '1', versionArgs: [] } },
      denylist: [],
    };
    await expect(run(testContext({ config }), { command: 'gone' })).rejects.toMatchObject({
      code: 'COMMAND_NOT_FOUND',
    });
  });
});

describe('what it gets', () => {
  it('its folder, its input as JSON, its arguments as they are, and no environment but what is named', async () => {
    const ctx = withTool('pwd; cat; echo; echo "$1"; env');
    process.env.KEYSTONE_TEST_UNNAMED = 'leak';
    const result = await run(ctx, { args: ['$(rm -rf /) "x"'], input: { a: 1 } });
    const stdout = String(result?.raw?.stdout);
    expect(stdout.split('\n').slice(0, 3)).toEqual([join(ctx.cwd, 'work'), '{"a":1}', '$(rm -rf /) "x"']);
    expect(stdout).toContain('NAMED=yes');
    expect(stdout).toContain('KEYSTONE_ATTEMPT=');
    expect(stdout).not.toMatch(/UNNAMED|VITEST|npm_/);
    expect(ctx.streamed.stdout).toBe(stdout);
  });

  it('ends with all it started when it is aborted', async () => {
    const ctx = withTool('sleep 60 & echo started; wait');
    const running = run(ctx, { gracePeriod: '50ms' });
    await expect.poll(() => ctx.streamed.stdout).toContain('started');
    ctx.abort.abort(new Error('canceled'));
    await expect(running).rejects.toMatchObject({ code: 'CANCELED' });
    expect(isGroupAlive(ctx.started.at(-1) ?? 0)).toBe(false);
  });
});

describe('its summary', () => {
  const FILE = '"$KEYSTONE_ENGINE_SUMMARY_PATH"';

  it.each([
    [`echo '{"done": [1]}' > ${FILE}; echo '{"not": "this"}'`, { done: [1] }],
    [`printf 'done:\\n  - a\\n' > ${FILE}`, { done: ['a'] }],
    [`echo '{"a": 1}'`, { a: 1 }],
    [`echo working; echo '{"a": 2}'`, { a: 2 }],
    [`printf 'I did it.\\n\`\`\`json\\n{"a": 3}\\n\`\`\`\\nBye.\\n'`, { a: 3 }],
    ['echo 42', null],
    ['true', null],
  ])('of %s', async (script, summary) => {
    expect((await run(withTool(script)))?.output).toEqual(summary);
    const [artifact] = kept;
    if (summary === null) return expect(artifact).toBeUndefined();
    expect(artifact).toMatchObject({ name: 'step-summary', secrets: 'mask' });
    await artifact?.files[0]?.read((piece) =>
      expect(JSON.parse(Buffer.from(piece).toString())).toEqual(summary),
    );
  });

  it.each([
    ['file', 'echo "{}"', 'wrote no summary'],
    ['stdout', 'echo hello', 'does not end with JSON or YAML'],
    ['auto', `echo 'a: b: c' > ${FILE}`, 'neither JSON nor YAML'],
  ])('summary: %s fails when there is none in %s', async (summary, script, message) => {
    await expect(run(withTool(script), { summary })).rejects.toMatchObject({
      code: 'ENGINE_SUMMARY',
      message: expect.stringContaining(message),
    });
  });

  it('of a failed engine does not count; what it printed last is told', async () => {
    await expect(run(withTool(`echo '{}' > ${FILE}; echo no luck >&2; exit 3`))).rejects.toMatchObject({
      code: 'EXIT_CODE',
      retryable: true,
      message: expect.stringContaining('no luck'),
      details: { exitCode: 3 },
    });
  });
});

it('engine hands over and takes back in its example', async () => {
  expect(await runExample('engine')).toMatchObject({
    status: 'success',
    outputs: { verdict: 'fine', files: 2 },
  });
});

it('describes itself for a dry run', () => {
  expect(engine.describe?.({ command: 'codex', args: ['exec'], cwd: 'src' })).toBe(
    'engine codex exec in src',
  );
  expect(engine.permissions?.({ command: 'codex', cwd: 'src' })).toContainEqual({
    to: 'engine',
    what: 'codex',
  });
});
