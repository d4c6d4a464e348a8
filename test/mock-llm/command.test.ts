/** A played model in the built command line: served to others, and as a provider of a workflow. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { ensureBuilt } from '../cli/build.ts';
import { TestProject } from '../cli/spawn.ts';
import { writeExampleConfig } from '../steps/example-config.ts';

const projects: TestProject[] = [];
const newProject = (files: Record<string, string>): TestProject => {
  const project = new TestProject(files);
  projects.push(project);
  return project;
};

beforeAll(ensureBuilt, 120_000);
afterEach(() => {
  for (const project of projects.splice(0)) project.remove();
});

test('mock-llm prints its address and what to configure, answers, tells what it was asked, and ends with Ctrl+C', async () => {
  const running = newProject({ 'replies.yaml': 'replies: [{ text: hello }]' }).start([
    'mock-llm',
    'replies.yaml',
  ]);
  let printed = '';
  running.child.stdout?.on('data', (piece) => {
    printed += piece;
  });
  await running.seen('base_url');
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0];
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'any-model', messages: [{ role: 'user', content: 'hi' }] }),
  });
  expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'hello' } }] });
  await running.seen('any-model');
  running.child.kill('SIGINT');
  expect(await running.done).toMatchObject({ exitCode: 0 });
});

test.each([
  [['mock-llm', 'none.yaml'], 'none.yaml cannot be read'],
  [['mock-llm', 'odd.yaml'], 'replies[0] must not have the property "txet"'],
  [['mock-llm', 'broken.yaml'], 'broken.yaml: '],
  [['mock-llm', 'pattern.yaml'], 'replies[0].match is no regular expression'],
  [['mock-llm', 'odd.yaml', '--port', '99999'], 'not a port'],
])('%j is refused with what is wrong', async (argv, told) => {
  const project = newProject({
    'odd.yaml': 'replies: [{ txet: x }]',
    'broken.yaml': 'replies: [{',
    'pattern.yaml': 'replies: [{ match: "(" }]',
  });
  const { exitCode, stderr } = await project.keystone(argv);
  expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining(told) });
});

test('a provider with mock plays its script for the workflow, and the command ends with the run', async () => {
  const source = readFileSync(resolve('examples/steps/llm.yaml'), 'utf8');
  const project = newProject({ 'llm.yaml': source });
  writeExampleConfig(source, project.folder);
  const { exitCode, stdout, stderr } = await project.keystone(['run', 'llm.yaml', '--json']);
  expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(JSON.parse(stdout).outputs).toMatchObject({ turns: 3, kind: 'list' });
});
