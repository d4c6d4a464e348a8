import { Type } from '@sinclair/typebox';
import { expect, test } from 'vitest';
import { defineStep, type StepKind } from '../../src/steps/define.ts';
import { begin, die, finish, newWorld, openWorld, resume, settled } from './test-project.ts';

interface Trees {
  standing: Set<string>;
  stuck: boolean;
}

/** Puts something into the world that is to go with the run. */
function tree(trees: Trees): StepKind {
  return defineStep({
    kind: 'tree',
    summary: 'Plants a tree.',
    schema: Type.Object(
      {
        name: Type.String({ description: 'Of the tree.' }),
        fell: Type.Optional(Type.Boolean({ description: 'At once.' })),
      },
      { additionalProperties: false },
    ),
    async run({ name, fell }, ctx) {
      await ctx.leave(name, { name });
      trees.standing.add(name);
      if (fell === true) {
        trees.standing.delete(name);
        ctx.left(name);
      }
      return { output: null };
    },
    async cleanUp(what) {
      if (trees.stuck) throw new Error('stuck');
      trees.standing.delete((what as { name: string }).name);
    },
  });
}

const source = (after: string) => `
name: t
steps:
  - { id: plant, type: tree, name: oak }
  - { id: fell, type: tree, name: elm, fell: true }
  - { id: after, type: effect, needs: [plant], ${after} }
`;
const newTrees = (): Trees => ({ standing: new Set(), stuck: false });

test.each([
  ['succeeds', 'value: 1', 'success'],
  ['fails', 'fail: true', 'failed'],
])('what a step left behind goes when its run %s, and not before', async (_how, after, status) => {
  const trees = newTrees();
  const world = newWorld({ kinds: [tree(trees)] });
  const run = await begin(openWorld(world), source(`${after}, gate: go`));
  await settled();
  expect([...trees.standing]).toEqual(['oak']);
  world.effects.open('go');
  expect((await finish(world, run)).status).toBe(status);
  expect([...trees.standing]).toEqual([]);
});

test('it goes with the run that went on after a crash', async () => {
  const trees = newTrees();
  const world = newWorld({ kinds: [tree(trees)] });
  const project = openWorld(world);
  const { runId } = await begin(project, source('gate: go'));
  await settled();
  await die(project);
  world.effects.open('go');
  await finish(world, await resume(openWorld(world), runId));
  expect([...trees.standing]).toEqual([]);
});

test('what could not be cleaned up is, at the end of the next run', async () => {
  const trees = newTrees();
  const world = newWorld({ kinds: [tree(trees)] });
  trees.stuck = true;
  const result = await finish(world, await begin(openWorld(world), source('value: 1')));
  expect(result.status).toBe('success');
  expect([...trees.standing]).toEqual(['oak']);
  trees.stuck = false;
  await finish(world, await begin(openWorld(world), 'name: other\nsteps:\n  - { id: a, type: effect }\n'));
  expect([...trees.standing]).toEqual([]);
});
