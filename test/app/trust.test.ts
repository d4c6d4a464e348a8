/** Manifests of workflows, and trust in those from elsewhere. */
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  manifestOf,
  openProject,
  type Project,
  runWorkflow,
  trust,
  trustQuestion,
} from '../../src/app/index.ts';
import { loadConfig } from '../../src/config/index.ts';

let root: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'keystone-trust-')));
  mkdirSync(join(root, 'project/.keystone'), { recursive: true });
  mkdirSync(join(root, 'elsewhere'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(file: string, text: string): void {
  writeFileSync(join(root, file), text);
}
function project(env: Record<string, string> = {}): Project {
  const cwd = join(root, 'project');
  const { config } = loadConfig({
    cwd,
    env: {
      PATH: process.env.PATH,
      XDG_DATA_HOME: join(root, 'data'),
      XDG_CONFIG_HOME: join(root, 'xdg'),
      ...env,
    },
  });
  return openProject({ cwd, config });
}
const run = async (workflow: string, options: { trust?: boolean; env?: Record<string, string> } = {}) => {
  const handle = await runWorkflow(project(options.env), { workflow, wait: true, ...options });
  return (await handle.result).status;
};
const SHELL = 'name: x\nsteps:\n  - { id: a, run: "echo hi" }\n';
const HARMLESS = 'name: x\nsteps:\n  - { id: a, type: sleep, duration: 1ms }\n';

describe('a manifest', () => {
  it('lists what all steps, undos and named sub-workflows may do, and runs none of them', () => {
    write(
      'elsewhere/child.yaml',
      'name: child\nsteps:\n  - { id: get, type: request, url: "https://example.org/x" }\n',
    );
    write(
      'elsewhere/parent.yaml',
      `name: parent
inputs: { token: { type: string, secret: true }, which: { type: string, default: child } }
steps:
  - id: build
    run: make "\${{ secrets.KEY }}"
    compensate: { type: file, op: delete, path: out }
  - { id: call, type: workflow, workflow: ./child.yaml }
  - { id: again, type: workflow, workflow: "\${{ inputs.which }}" }
  - { id: ask, type: human, message: ok?, foreach: { lines: hosts.txt } }
`,
    );
    const manifest = manifestOf(project(), { workflow: '../elsewhere/parent.yaml' });
    expect(manifest.files.map(({ file, outside }) => ({ file, outside }))).toEqual([
      { file: join(root, 'elsewhere/parent.yaml'), outside: true },
      { file: join(root, 'elsewhere/child.yaml'), outside: true },
    ]);
    const listed = manifest.permissions.map(({ to, what, steps }) => `${to} ${what} (${steps})`);
    expect(listed).toContainEqual(expect.stringMatching(/^run make.* \(parent\.build\)$/));
    expect(listed).toContainEqual(expect.stringMatching(/^connect .*example\.org.* \(child\.get\)$/));
    expect(listed.some((line) => line.startsWith('write out'))).toBe(true);
    expect(listed).toContainEqual('read hosts.txt (parent.ask)');
    expect(manifest).toMatchObject({
      workflow: 'parent',
      secrets: ['KEY'],
      secretInputs: ['token'],
      unknown: [expect.stringContaining('parent.again')],
    });
  });
});

describe('a workflow from outside the project', () => {
  it('is refused with what it may do, until it is trusted; then its content is, for all projects', async () => {
    write('elsewhere/x.yaml', SHELL);
    await expect(run('../elsewhere/x.yaml')).rejects.toMatchObject({
      code: 'NOT_TRUSTED',
      exitCode: 4,
      message: expect.stringContaining('may run sh'),
      hint: expect.stringContaining('--trust'),
    });
    expect(await run('../elsewhere/x.yaml', { trust: true })).toBe('success');
    expect(await run('../elsewhere/x.yaml')).toBe('success');
    write('elsewhere/copy.yaml', SHELL);
    expect(await run('../elsewhere/copy.yaml')).toBe('success');
    write('elsewhere/x.yaml', SHELL.replace('hi', 'bye'));
    await expect(run('../elsewhere/x.yaml')).rejects.toMatchObject({ code: 'NOT_TRUSTED' });
  });

  it('needs no trust when it starts no program and reaches no network', async () => {
    write('elsewhere/x.yaml', HARMLESS);
    expect(await run('../elsewhere/x.yaml')).toBe('success');
    expect(trustQuestion(project(), { workflow: '../elsewhere/x.yaml' })).toBeUndefined();
  });

  it('is found behind a link inside the project', async () => {
    write('elsewhere/x.yaml', SHELL);
    const { symlinkSync } = await import('node:fs');
    symlinkSync(join(root, 'elsewhere/x.yaml'), join(root, 'project/link.yaml'));
    await expect(run('link.yaml')).rejects.toMatchObject({ code: 'NOT_TRUSTED' });
  });

  it('is asked about with its sub-workflows; a sub-workflow whose name a template makes is refused when it is known', async () => {
    write('elsewhere/child.yaml', SHELL);
    write(
      'project/parent.yaml',
      'name: p\nsteps:\n  - { id: c, type: workflow, workflow: ../elsewhere/child.yaml }\n',
    );
    await expect(run('parent.yaml')).rejects.toMatchObject({ code: 'NOT_TRUSTED' });
    write(
      'project/late.yaml',
      'name: p\ninputs: { to: { type: string, default: ../elsewhere/child.yaml } }\nsteps:\n  - { id: c, type: workflow, workflow: "${{ inputs.to }}" }\n',
    );
    const handle = await runWorkflow(project(), { workflow: 'late.yaml', wait: true });
    expect(await handle.result).toMatchObject({ status: 'failed', error: { code: 'NOT_TRUSTED' } });
    const question = trustQuestion(project(), { workflow: 'parent.yaml' });
    expect(question?.files.map(({ file }) => file)).toEqual([join(root, 'elsewhere/child.yaml')]);
    if (question !== undefined) trust(project(), question);
    expect(readdirSync(join(root, 'data/keystone/trusted-workflows'))).toEqual([question?.files[0]?.sha256]);
    expect(await run('parent.yaml')).toBe('success');
    expect(await run('late.yaml')).toBe('success');
  });

  it('is up to the configuration: all are trusted, or none, whatever was trusted before', async () => {
    write('elsewhere/x.yaml', SHELL);
    expect(await run('../elsewhere/x.yaml', { env: { KEYSTONE_TRUST_WORKFLOWS: 'all' } })).toBe('success');
    expect(await run('../elsewhere/x.yaml', { trust: true })).toBe('success');
    for (const options of [{}, { trust: true }])
      await expect(
        run('../elsewhere/x.yaml', { ...options, env: { KEYSTONE_TRUST_WORKFLOWS: 'none' } }),
      ).rejects.toMatchObject({ code: 'NOT_TRUSTED', hint: expect.stringContaining('trust.workflows') });
  });

  it('text from standard input was put there by whoever typed the command', async () => {
    const handle = await runWorkflow(project(), { workflow: '-', source: SHELL, wait: true });
    expect((await handle.result).status).toBe('success');
  });
});
