/** Nothing is drawn that does not happen: runs enter every state of emitted statecharts. */
import { describe, expect, test } from 'vitest';
import { createMachine } from 'xstate';
import type { EmittedBody, SettledStatus } from '../../../compiler/emit/emitted.ts';
import { emitBlock } from '../../../compiler/emit/index.ts';
import type { StepPlan } from '../../../compiler/plan.ts';
import { joinOf, planOf, stepOf, steps, stepsOf } from '../shape/plan-of.ts';
import { EmittedRun } from './run-emitted.ts';

const any = { condition: { type: 'any' } } as const;

const BLOCKS: Readonly<Record<string, StepPlan[]>> = {
  'a sequence': stepsOf({ a: [], b: ['a'] }),
  'a fork between two steps': stepsOf({ a: [], b: ['a'], c: ['a'], d: ['b', 'c'] }),
  'lanes that wait for each other': stepsOf({
    lint: [],
    build: [],
    deploy: ['lint', 'build'],
    scan: ['build'],
  }),
  'a fork in a lane that waits': stepsOf({
    a: [],
    b: [],
    c: ['a'],
    x: ['a', 'b'],
    y: ['a', 'b'],
    z: ['x', 'y'],
  }),
  'joins that go on early': [
    ...stepsOf({ a: [], b: [], c: ['a'] }),
    joinOf('first', ['a', 'b'], any),
    stepOf('end', ['first']),
    stepOf('other', ['c', 'first']),
  ],
  'a join in a lane that others hold up': [
    ...stepsOf({ a: [], b: ['a'], c: ['a'], d: ['b'] }),
    joinOf('some', ['c', 'd'], any),
    stepOf('e', ['some', 'c']),
  ],
  'a fleet of steps': steps(17, () => []),
  'a fleet of branches': [...steps(34, (i) => (i < 17 ? [] : [i - 17])), joinOf('j', ['s0', 's18'], any)],
  segments: steps(11, (i) => (i === 0 ? [] : [i - 1])),
};

const ENDS: readonly SettledStatus[] = ['success', 'failed', 'skipped', 'canceled'];

/** In turns from the front and from the back, so that each lane once waits for the others; ends differ from round to round. */
function runOnce(body: EmittedBody, block: StepPlan[], round: number): Set<string> {
  const run = new EmittedRun(body, block);
  while (!run.done) {
    const { running } = run;
    const path = running.at(round % 2 === 0 ? 0 : -1);
    if (path === undefined) throw new Error('nothing runs');
    run.settle(path, ENDS[round >> 1] ?? 'success');
  }
  return run.entered;
}

interface Node {
  id: string;
  states: Readonly<Record<string, Node>>;
}

const idsOf = ({ id, states }: Node): string[] => [id, ...Object.values(states).flatMap(idsOf)];

function drawn(body: EmittedBody): string[] {
  const machine = createMachine(body.machine as Parameters<typeof createMachine>[0]);
  const inner = [
    ...body.segments.map((segment) => segment.body),
    ...body.fleets.flatMap(({ members }) => members.flatMap((member) => member.body ?? [])),
  ];
  return [...idsOf(machine.root), ...inner.flatMap(drawn)];
}

describe('every state of the statechart is entered', () => {
  test.each(Object.entries(BLOCKS))('%s', (_, block) => {
    const body = emitBlock(planOf(block), 'steps', { segmentSteps: 5 });
    const entered = new Set<string>();
    for (let round = 0; round < 2 * ENDS.length; round++)
      for (const id of runOnce(body, block, round)) entered.add(id);
    expect(drawn(body).filter((id) => !entered.has(id))).toEqual([]);
  });
});
