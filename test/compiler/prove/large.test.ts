import { expect, test } from 'vitest';
import { compile, type Plan, type Proof, prove } from '#compiler';
import { sliceExplorer } from '../../../src/app/explore-slice.ts';
import { builtinCatalog } from '../../../src/steps/catalog.ts';
import { cpuMs } from '../../cpu-time.ts';
import { NO_CHILDREN } from './prove-source.ts';

const INPUTS =
  'inputs: { env: { type: string, values: [dev, prod, test] }, fast: { type: boolean, default: false } }';
const COUNT = 1000;
const listed = (step: (at: number) => string): string =>
  `name: x\n${INPUTS}\nsteps:\n${Array.from({ length: COUNT }, (_, at) => `  - { ${step(at)} }`).join('\n')}\n`;

const CONDITIONS = [
  "inputs.env == 'prod' || always()",
  '!inputs.fast || always()',
  "always() && inputs.env != 'dev'",
];

const chain = listed((at) => {
  const needs = at === 0 ? '' : `, needs: [s${at - 1}]`;
  return `id: s${at}, run: echo${needs}, if: "${CONDITIONS[at % 3]}"`;
});

/** Each of nine branches and a join. */
const fans = listed((at) => {
  const group = Math.floor(at / 10);
  const place = at % 10;
  const branches = Array.from({ length: 9 }, (_, k) => `s${group * 10 + k}`);
  if (place === 9)
    return `id: s${at}, type: join, needs: [${branches}], condition: ${['any', 5, 'all'][group % 3]}`;
  const needs = group === 0 ? '' : `, needs: [s${group * 10 - 1}]`;
  const condition = place % 2 === 1 ? ', if: "!inputs.fast"' : '';
  return `id: s${at}, run: echo${needs}${condition}${place % 3 === 0 ? ', allowFailure: true' : ''}`;
});

const layers = listed((at) => {
  const above = at < 10 ? [] : [at - 10, at - (at % 10) - 10 + ((at + 3) % 10)];
  const read = above.length === 0 ? 'hi' : `\${{ steps.s${above[0]}.output }}`;
  const condition = at % 3 === 0 ? `, if: "inputs.env == 'prod'"` : '';
  const undo = at % 4 === 1 ? `, compensate: { id: u${at}, run: echo }` : '';
  return `id: s${at}, run: "echo ${read}", needs: [${[...new Set(above)].map((each) => `s${each}`)}]${condition}${undo}`;
});

test.each([
  ['in a sequence with conditions', chain],
  ['in fans with conditions and joins', fans],
  ['in layers that read, with undos', layers],
])('1,000 steps %s take about as long to prove as to compile, and nothing is left open', (_, source) => {
  const options = { catalog: builtinCatalog, source, slots: NO_CHILDREN, explorer: sliceExplorer };
  let proof: Proof | undefined;
  let plan: Plan | undefined;
  const compiling = cpuMs(() => {
    const compiled = compile(source, { catalog: builtinCatalog });
    if (compiled.ok) plan = compiled.plan;
  });
  const proving = cpuMs(() => {
    if (plan !== undefined) proof = prove(plan, options);
  });
  expect(proof?.answers.map(({ unknown }) => unknown)).toEqual([0, 0, 0, 0, 0, 0]);
  expect(proving / compiling).toBeLessThan(4);
});
