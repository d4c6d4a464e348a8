/** Pages of the hand-written statecharts, docs/machines/<name>.md: diagram, states and events, read from the machines themselves. */
import {
  compensationMachine,
  createFleetMachine,
  llmMachine,
  poolMachine,
  runMachine,
  stepMachine,
} from '#machines';
import { drawMachine } from '../src/app/graph/index.ts';
import {
  everyState,
  type MachineDefinition,
  type MachineState,
  readMachine,
} from '../src/app/graph/machine-states.ts';
import type { GeneratedDoc } from './steps-docs.ts';

interface MachinePage {
  name: string;
  file: string;
  /** What the machine is for, in Markdown. */
  about: string;
  definition: MachineDefinition & { description?: string | undefined };
}

const fleet = createFleetMachine(() => {
  throw new Error('only drawn, never run');
}, {});

const PAGES: readonly MachinePage[] = [
  {
    name: 'run',
    file: 'machines/run.ts',
    about:
      'One actor for each run. `working` invokes the statechart that was compiled from the steps of the workflow; `errors` and `finally` are compiled the same way. The body never decides how the run ends: that is read from the ledger of settled steps.',
    definition: runMachine.config,
  },
  {
    name: 'step',
    file: 'machines/step.ts',
    about:
      'One actor for each active step, compensation, or item of a fan-out. It begins an attempt only after its beginning is recorded, and goes on only after its result is.',
    definition: stepMachine.config,
  },
  {
    name: 'fleet',
    file: 'machines/fleet.ts',
    about:
      'Runs many children through a sliding window: the items of `foreach` and `strategy.matrix`, and blocks too wide for a parallel state. Its size in memory and in the store is that of the window, not that of the list.',
    definition: fleet.config,
  },
  {
    name: 'compensation',
    file: 'machines/compensation.ts',
    about:
      'Undoes what was done, newest first. The stack is rows in the store, so an unwinding that was cut short goes on where it was.',
    definition: compensationMachine.config,
  },
  {
    name: 'llm',
    file: 'machines/llm.ts',
    about:
      'One actor for each attempt of an [llm](../steps/llm.md) step. It is not stored: the notes of the step are, and what they tell is its input, so that a conversation goes on at the turn it was cut short in.',
    definition: llmMachine.config,
  },
  {
    name: 'pool',
    file: 'machines/pool.ts',
    about:
      'One actor for each process. A request names every resource it needs (process, run, pool) and is granted when all have room, so no two steps can wait for each other.',
    definition: poolMachine.config,
  },
];

/** Every page as it should be, with the index. */
export function renderMachinesDocs(): GeneratedDoc[] {
  return [
    { path: 'docs/machines/README.md', content: renderIndex() },
    ...PAGES.map((page) => ({ path: `docs/machines/${page.name}.md`, content: renderPage(page) })),
  ];
}

const MADE = '<!-- made from the machines by `npm run generate`; do not edit -->';

function renderIndex(): string {
  const rows = PAGES.map(
    ({ name, definition }) => `| [${name}](${name}.md) | ${cell(definition.description ?? '')} |`,
  );
  return `# The statecharts

${MADE}

What a workflow becomes is a statechart of its own ([how](../statecharts.md)). It stands on these, which are written by hand and the same for
every workflow. All are pure: what they do to the world has a name, and is given to them by the runtime.

| machine | |
| --- | --- |
${rows.join('\n')}
`;
}

function renderPage({ name, file, about, definition }: MachinePage): string {
  const { root } = readMachine(definition);
  const states = everyState(root).filter((state) => state !== root && state.definition.type !== 'history');
  return `# The ${name} machine

${MADE}

${definition.description ?? ''} ${about} Its source is [${file}](../../${file}).

\`\`\`mermaid
${drawMachine(definition)}\`\`\`

## States

| state | invokes | |
| --- | --- | --- |
${states.map(stateRow).join('\n')}

## Events

| event | in |
| --- | --- |
${eventRows(everyState(root)).join('\n')}
`;
}

function stateRow(state: MachineState): string {
  const { description, type } = state.definition as { description?: string; type?: string };
  const end = type === 'final' ? 'The end.' : '';
  const invokes = state.invokes.map((src) => `\`${src}\``).join(', ');
  return `| \`${state.path}\` | ${invokes} | ${cell(description ?? end)} |`;
}

/** Events by name, with the states that react to them; what XState sends itself is left out. */
function eventRows(states: readonly MachineState[]): string[] {
  const places = new Map<string, string[]>();
  for (const state of states) {
    for (const event of Object.keys(state.definition.on ?? {})) {
      if (event.startsWith('xstate.')) continue;
      const place = state.path === '' ? 'any state' : `\`${state.path}\``;
      places.set(event, [...(places.get(event) ?? []), place]);
    }
  }
  return [...places]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([event, where]) => `| \`${event}\` | ${where.join(', ')} |`);
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
