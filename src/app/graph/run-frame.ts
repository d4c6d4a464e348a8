/** The stages of a run around the author's blocks, as far as this workflow has them, and how a run goes from one to the next. */
import { BLOCK_NAMES, type BlockName } from '#compiler';
import { chartOf, type GroupChart } from './chart.ts';
import type { GraphModel } from './model.ts';
import type { StepNode } from './step-node.ts';

export type StageKey = 'working' | 'recovering' | 'unwinding' | 'finalizing';

export interface Stage {
  key: StageKey;
  title: string;
  /** Absent for `unwinding`, whose order is known only at run time. */
  block?: BlockName;
  chart?: GroupChart;
}
/** `*` is the start as `from` and the end as `to`. */
export interface StageTransition {
  from: StageKey | '*';
  to: StageKey | '*';
  label: string;
}
export interface RunFrame {
  stages: Stage[];
  transitions: StageTransition[];
}

const STAGE_OF: Readonly<Record<BlockName, StageKey>> = {
  steps: 'working',
  errors: 'recovering',
  finally: 'finalizing',
};

export function runFrame(model: GraphModel, steps: ReadonlyMap<string, StepNode>): RunFrame {
  const stages: Stage[] = [];
  for (const block of BLOCK_NAMES) {
    if (block === 'finally' && hasCompensations(model)) {
      stages.push({ key: 'unwinding', title: 'compensations, last completed first' });
    }
    const body = model.bodies[block];
    if (body === undefined || (block !== 'steps' && model.plan.blocks[block].length === 0)) continue;
    const title = block === 'steps' ? model.plan.name : block;
    stages.push({ key: STAGE_OF[block], title, block, chart: chartOf(body, block, steps) });
  }
  return { stages, transitions: transitionsOf(stages.map((stage) => stage.key)) };
}

export function hasCompensations({ plan }: GraphModel): boolean {
  if (plan.compensate !== undefined) return true;
  // A sub-workflow is undone by its own compensations.
  return plan.blocks.steps.some(({ kind, compensate }) => compensate !== undefined || kind === 'workflow');
}

/** Each stage goes on to the first later one that there is and that applies; equal ways are drawn once. */
function transitionsOf(stages: readonly StageKey[]): StageTransition[] {
  const first = (...wanted: StageKey[]): StageKey | '*' => wanted.find((key) => stages.includes(key)) ?? '*';
  const ways: StageTransition[] = [
    { from: 'working', to: first('finalizing'), label: 'success' },
    { from: 'working', to: first('recovering', 'unwinding', 'finalizing'), label: 'failed' },
    { from: 'working', to: first('unwinding', 'finalizing'), label: 'canceled' },
    { from: 'recovering', to: first('unwinding', 'finalizing'), label: '' },
    { from: 'unwinding', to: first('finalizing'), label: '' },
    { from: 'finalizing', to: '*', label: '' },
  ];
  const drawn = new Map<string, StageTransition>([['start', { from: '*', to: 'working', label: '' }]]);
  for (const way of ways.filter(({ from }) => from === '*' || stages.includes(from))) {
    const known = drawn.get(`${way.from} ${way.to}`);
    if (known === undefined) drawn.set(`${way.from} ${way.to}`, way);
    else known.label = `${known.label} or ${way.label}`;
  }
  const always = 'success or failed or canceled';
  return [...drawn.values()].map((way) => (way.label === always ? { ...way, label: '' } : way));
}
