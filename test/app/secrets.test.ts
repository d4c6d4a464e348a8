import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { showRun } from '../../src/app/index.ts';
import {
  begin,
  die,
  finish,
  newWorld,
  openWorld,
  resume,
  settled,
  type World,
} from '../runtime/test-project.ts';

const TOKEN = 'hunter2-very-secret-token';
const SOURCE = `
name: t
inputs: { token: { type: string, secret: true }, who: { type: string, default: me } }
env: { TOKEN: "\${{ inputs.token }}" }
outputs: { carried: "\${{ steps.use.output }}", length: "\${{ steps.use.output|length }}" }
steps:
  - { id: make, type: effect, value: { header: "Bearer \${{ inputs.token }}" }, print: "using \${{ inputs.token }}\\n" }
  - { id: nap, type: sleep, duration: 1h, needs: make }
  - { id: use, type: effect, value: "\${{ steps.make.output.header }}", needs: nap }
  - { id: fails, type: effect, fail: true, retryable: false, code: "\${{ inputs.token }}", allowFailure: true, needs: make }
`;

/** Every byte of every file the run left behind. */
function filesWith(world: World, text: string): string[] {
  return readdirSync(join(world.cwd, '.keystone'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).includes(text));
}

test('a secret is in no file, no event and no shown result, and yet survives a crash in the outputs of steps', async () => {
  const world = newWorld();
  const project = openWorld(world);
  const run = await begin(project, SOURCE, { inputs: { token: TOKEN } });
  const events: string[] = [];
  run.subscribe((event) => events.push(JSON.stringify(event)));
  await settled();
  await die(project);
  expect(filesWith(world, TOKEN)).toEqual([]);

  await expect(resume(openWorld(world), run.runId)).rejects.toMatchObject({ code: 'INPUTS' });
  const second = await resume(openWorld(world), run.runId, { inputs: { token: TOKEN } });
  second.subscribe((event) => events.push(JSON.stringify(event)));
  const result = await finish(world, second);
  // The step itself got the value that only the store had a placeholder for.
  expect(world.effects.log.find(({ path }) => path === 'use')?.value).toBe(`Bearer ${TOKEN}`);
  expect(result.outputs).toEqual({ carried: 'Bearer ***', length: `Bearer ${TOKEN}`.length });
  expect(JSON.stringify(await showRun(openWorld(world), run.runId))).toContain('Bearer ***');
  for (const shown of [
    JSON.stringify(result),
    JSON.stringify(await showRun(openWorld(world), run.runId)),
    ...events,
  ]) {
    expect(shown).not.toContain(TOKEN);
    expect(shown).not.toContain('⟦secret');
  }
  expect(events.some((event) => event.includes('using ***'))).toBe(true);
  expect(filesWith(world, TOKEN)).toEqual([]);
  expect(filesWith(world, 'using ***').length).toBeGreaterThan(0);
});

test('a secret given to a child run comes back in its outputs, and is in no file', async () => {
  const world = newWorld({
    files: {
      'child.yaml': `
name: child
inputs: { key: { type: string, secret: true } }
outputs: { header: "Bearer \${{ inputs.key }}" }
steps: [{ id: a, type: effect }]
`,
    },
  });
  const run = await begin(
    openWorld(world),
    `
name: t
inputs: { token: { type: string, secret: true } }
steps:
  - { id: ask, type: workflow, workflow: ./child.yaml, inputs: { key: "\${{ inputs.token }}" } }
  - { id: use, type: effect, value: "\${{ steps.ask.output.header }}" }
`,
    { inputs: { token: TOKEN } },
  );
  const result = await finish(world, run);
  expect(result.status).toBe('success');
  expect(world.effects.log.find(({ path }) => path === 'use')?.value).toBe(`Bearer ${TOKEN}`);
  expect(filesWith(world, TOKEN)).toEqual([]);
});
