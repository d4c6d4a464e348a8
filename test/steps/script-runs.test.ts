/** Scripts in workflows, through the application: what they see, where their errors are, what is kept of them. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  dryRun,
  openProject,
  type Project,
  type RunResult,
  readLogs,
  runWorkflow,
} from '../../src/app/index.ts';
import type { RunRequest } from '../../src/app/types.ts';
import { loadConfig } from '../../src/config/index.ts';

function newProject(env: Record<string, string> = {}): Project {
  const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'keystone-script-')));
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
  const { config } = loadConfig({ cwd, env: { PATH: process.env.PATH ?? '', HOME: cwd, ...env } });
  return openProject({ cwd, config });
}

async function run(
  source: string,
  request: Partial<RunRequest> = {},
  project = newProject(),
): Promise<RunResult> {
  const file = join(project.cwd, 'flow.yaml');
  writeFileSync(file, source);
  const handle = await runWorkflow(project, { workflow: './flow.yaml', wait: true, ...request });
  return handle.result;
}

async function logOf(project: Project, runId: string, step: string): Promise<string> {
  let text = '';
  for await (const piece of readLogs(project, runId, step, { follow: false })) text += piece.text;
  return text;
}

describe('a script sees', () => {
  it('the values of the run, by the names of expressions', async () => {
    const { outputs, status } = await run(
      `name: f
inputs: { a: { type: number, default: 2 }, b: { type: string, default: x } }
env: { SHARED: one }
outputs: { all: "\${{ steps.all.output }}", each: "\${{ steps.each.output }}" }
steps:
  - { id: build, run: echo built }
  - id: all
    type: script
    env: { OWN: "\${{ inputs.a }}" }
    run: |
      const { build } = steps;
      return [inputs, env.SHARED, env.OWN, build.output, build.exitCode, run.name, workflow.name, typeof run.id];
  - id: each
    type: script
    foreach: "['p', 'q']"
    run: return [item, index]
`,
      { inputs: { a: 5 } },
    );
    expect(status).toBe('success');
    expect(outputs).toEqual({
      all: [{ a: 5, b: 'x' }, 'one', '5', 'built', 0, 'f', 'f', 'string'],
      each: [
        ['p', 0],
        ['q', 1],
      ],
    });
  });

  it('what failed, in errors, and all steps when it does not name them', async () => {
    const { steps } = await run(`name: f
steps:
  - { id: a, run: echo a }
  - { id: b, needs: a, type: script, run: throw new Error('broken') }
errors:
  - id: report
    type: script
    run: |
      return [last_failed_step.id, steps.b.error.message, Object.keys(steps).sort(), steps['a'].output];
`);
    expect(steps['errors/report']?.output).toEqual(['b', 'broken', ['a', 'b', 'report'], 'a']);
  });

  it('secrets only when it names them, and none of them is stored or printed', async () => {
    const project = newProject();
    const source = `name: f
inputs: { open: { type: string, default: o }, token: { type: string, secret: true } }
steps:
  - { id: all, type: script, run: return inputs }
  - { id: named, type: script, run: "console.log(inputs.token); return { length: inputs.token.length, token: inputs.token }" }
  - { id: kept, type: script, allow: [secrets], run: "console.log(secrets.DEPLOY_KEY); return secrets.DEPLOY_KEY.length" }
`;
    const request = { inputs: { token: 'hunter2hunter2' }, secrets: { DEPLOY_KEY: 'key-of-deployment' } };
    const { steps, runId, status } = await run(source, request, project);
    expect(status).toBe('success');
    expect(steps.all?.output).toEqual({ open: 'o' });
    expect(steps.named?.output).toEqual({ length: 14, token: '***' });
    expect(steps.kept?.output).toBe(17);
    expect(await logOf(project, runId, 'named')).toContain('***');
    expect(await logOf(project, runId, 'kept')).not.toContain('deployment');
  });
});

describe('an error has the line of the workflow', () => {
  it.each<[string, string, number, number]>([
    ['a literal block', '|\n      const a = 1;\n\n      return a.b.c;', 8, 17],
    ['a literal block with its own indentation', '|2\n        const a = 1;\n      return a.b.c;', 7, 17],
    ['a folded block', '>-\n      const a = 1;\n      return a.b.c;', 7, 17],
    ['one line', 'const a = 1; return a.b.c', 5, 33],
    ['quotes', '"const a = 1;\\n  return a.b.c"', 5, 37],
    ['single quotes over lines', "'const a = 1;\n      return a.b.c'", 6, 17],
  ])('of %s', async (_, text, line, column) => {
    const { steps } = await run(`name: f\nsteps:\n  - id: a\n    type: script\n    run: ${text}\n`);
    expect(steps.a?.error).toMatchObject({
      code: 'SCRIPT_ERROR',
      details: { line, column, file: expect.stringMatching(/flow\.yaml$/) },
    });
  });
});

describe('in a run', () => {
  it('an endless script ends with its timeout, and the steps beside it do not notice', async () => {
    const { steps, status } = await run(`name: f
on_failure: continue
steps:
  - { id: endless, type: script, timeout: 300ms, run: "while (true) {}" }
  - { id: beside, run: echo done }
`);
    expect(status).toBe('failed');
    expect(steps.endless?.error).toMatchObject({ code: 'TIMEOUT', message: 'took longer than 300 ms' });
    expect(steps.beside).toMatchObject({ status: 'success', output: 'done' });
  });

  it('an attempt that failed is made again, when it is asked for', async () => {
    const { steps } = await run(`name: f
steps:
  - { id: a, type: script, retry: { count: 3, baseDelay: 1ms }, run: "if (run.attempt === 0) return 1; throw new Error('no')", allowFailure: true }
`);
    expect(steps.a).toMatchObject({ attempts: 4, outcome: 'failed' });
  });

  it('a memoized result belongs to what the script reads', async () => {
    const project = newProject();
    const source = `name: f
inputs: { n: { type: number }, other: { type: number, default: 0 } }
outputs: { seen: "\${{ steps.a.output }}", other: "\${{ inputs.other }}" }
steps:
  - { id: a, type: script, memoize: true, run: "return [inputs.n, Date.now()]" }
`;
    const seen = async (inputs: { n: number; other?: number }) =>
      (await run(source, { inputs }, project)).outputs?.seen;
    const first = await seen({ n: 1 });
    expect(await seen({ n: 1, other: 5 })).toEqual(first);
    expect(await seen({ n: 2 })).toEqual([2, expect.any(Number)]);
  });

  it('outside the sandbox it is refused before anything runs, with the key to set', async () => {
    const source = `name: f
steps:
  - { id: first, type: file, op: write, path: there, content: x }
  - { id: a, needs: first, type: script, allowInsecure: true, run: "return typeof process" }
`;
    await expect(run(source)).rejects.toMatchObject({
      code: 'POLICY',
      exitCode: 4,
      hint: expect.stringContaining('script: { allowInsecure: true }'),
    });
    const allowed = newProject({ KEYSTONE_SCRIPT_ALLOW_INSECURE: 'true' });
    expect((await run(source, {}, allowed)).steps.a?.output).toBe('object');
  });

  it('a dry run shows it and runs nothing', async () => {
    const project = newProject();
    writeFileSync(
      join(project.cwd, 'flow.yaml'),
      'name: f\nsteps:\n  - { id: a, type: script, allow: [fetch], run: "return await fetch(\'http://x\')" }\n',
    );
    const { steps } = await dryRun(project, { workflow: './flow.yaml' });
    expect(steps).toMatchObject([
      { id: 'a', would: "JavaScript in a sandbox, allowed fetch: return await fetch('http://x')" },
    ]);
  });
});
