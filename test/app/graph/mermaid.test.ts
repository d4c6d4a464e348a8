import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable } from '../../../src/app/graph/display-text.ts';
import { renderGraph } from '../../../src/app/graph/index.ts';
import { anyBlock, joinOf, stepOf, steps, stepsOf } from '../../compiler/shape/plan-of.ts';
import { modelOf, readMermaid } from './graph-of.ts';

const chart = async (model: ReturnType<typeof modelOf>): Promise<string> =>
  renderGraph(model, { format: 'mermaid' });
const dag = async (model: ReturnType<typeof modelOf>): Promise<string> =>
  renderGraph(model, { format: 'mermaid', view: 'dag' });

const HOSTILE = [
  'say "hi"',
  'a [b] (c) {d} <e>',
  'line\nbreak\r\nand\ttab',
  '🚀 déploiement 部署',
  'end',
  '1. first',
  '- dash',
  '-- dashes -->',
  '**bold** _em_ `code`',
  'style x:y#1; classDef z',
  '%% comment',
  '<script>alert(1)</script>',
  '#quot; &amp; &#39;',
  ';;; :: |x|',
  '\u202egnitroser\u202c',
  '\u0000\u001b[31m',
  '```',
  '[*] --> a',
  'click a "javascript:alert(1)"',
];
const KEYWORDS =
  'end state note class classDef click default direction style subgraph graph flowchart call href interpolate linkStyle scale root as fork join choice hide title accTitle accDescr o x ox xo TB LR End STATE notes states classroom ending constructor toString __proto_ _ __ stateDiagram stage_working steps_fork_1 root_start';

describe('the mermaid statechart', () => {
  it('reads like the workflow', async () => {
    const text = await chart(
      modelOf({
        steps: stepsOf({ checkout: [], lint: ['checkout'], test: ['checkout'], deploy: ['lint', 'test'] }),
      }),
    );
    expect(text).toBe(`stateDiagram-v2
  state "checkout" as checkout
  state "2 at once" as steps_fork_1 {
    state "lint" as lint
    [*] --> lint
    --
    state "test" as test
    [*] --> test
  }
  state "deploy" as deploy
  [*] --> checkout
  checkout --> steps_fork_1
  steps_fork_1 --> deploy
  deploy --> [*]
`);
    await readMermaid(text);
  });

  it('draws a long sequence as segments one after the other, each step in one of them', async () => {
    const block = steps(250, (i) => (i === 0 ? [] : [i - 1]));
    const text = await chart(modelOf({ steps: block }));
    expect(text).toContain(`  [*] --> steps_segment_1
  steps_segment_1 --> steps_segment_2
  steps_segment_2 --> steps_segment_3
  steps_segment_3 --> [*]
`);
    const { nodes } = await readMermaid(text);
    const parents = new Map(nodes.map(({ id, parentId }) => [id, parentId]));
    expect(parents.get('s0')).toBe('steps_segment_1');
    expect(parents.get('s100')).toBe('steps_segment_2');
    expect(parents.get('s249')).toBe('steps_segment_3');
    expect(nodes.find(({ id }) => id === 'steps_segment_3')?.label).toBe('50 in sequence');
    expect(block.every(({ id }) => parents.has(id))).toBe(true);
  });

  it('draws errors, compensations and finally as stages of the run', async () => {
    const text = await chart(
      modelOf({
        steps: [stepOf('deploy', [], { compensate: stepOf('undo') })],
        errors: [stepOf('notify')],
        finally: [stepOf('notify')],
      }),
    );
    const { nodes, edges } = await readMermaid(text);
    expect(nodes.filter((node) => node.isGroup).map((node) => node.label)).toEqual([
      'release',
      'errors',
      'finally',
    ]);
    expect(nodes.filter((node) => node.label === 'notify').map((node) => node.id)).toEqual([
      'errors_notify',
      'finally_notify',
    ]);
    expect(edges).toContainEqual({ from: 'stage_working', to: 'stage_recovering', label: 'failed' });
    expect(edges).toContainEqual({ from: 'stage_working', to: 'stage_unwinding', label: 'canceled' });
    expect(edges).toContainEqual({ from: 'stage_working', to: 'stage_finalizing', label: 'success' });
  });

  it('says what a step of another lane waits for', async () => {
    const text = await chart(modelOf({ steps: stepsOf({ a: [], b: [], c: ['a'], d: ['a', 'b'] }) }));
    expect(text).toContain('state "d (waits for a)" as d');
  });

  it('cuts a large fleet short and counts the rest', async () => {
    const statuses = Object.fromEntries(
      Array.from({ length: 1000 }, (_, i) => [`s${i}`, i < 500 ? 'success' : 'waiting'] as const),
    );
    const { nodes } = await readMermaid(await chart(modelOf({ steps: steps(1000, () => []) }, statuses)));
    const labels = nodes.map((node) => node.label);
    expect(labels).toContain('fleet of 1000');
    expect(labels).toContain('… and 971 more (500 waiting, 471 success)');
    expect(labels.filter((label) => /^s\d+$/.test(label))).toHaveLength(29);
  });

  it('is taken by mermaid for every shape, with each step in it once', async () => {
    await fc.assert(
      fc.asyncProperty(anyBlock(25), async (block) => {
        const { nodes } = await readMermaid(await chart(modelOf({ steps: block })));
        for (const step of block) expect(nodes.filter((node) => node.id === step.id)).toHaveLength(1);
      }),
      { numRuns: 25 },
    );
  });
});

describe('the mermaid dag', () => {
  it('has a node for each step and an edge for each need that no other implies', async () => {
    const block = [
      stepOf('a'),
      stepOf('b', ['a']),
      stepOf('c', ['a', 'b']),
      joinOf('j', ['b', 'c'], { condition: { type: 'any' } }),
    ];
    const text = await dag(modelOf({ steps: block }));
    expect(text).toBe(`flowchart TD
  a["a"]
  b["b"]
  c["c"]
  j(["j (any of 2)"])
  a --> b
  b --> c
  b -.-> j
  c -.-> j
`);
    await readMermaid(text);
  });

  it('leads "all of these before all of those" through one point', async () => {
    const { edges } = await readMermaid(
      await dag(modelOf({ steps: steps(9, (i) => (i < 3 ? [] : [0, 1, 2])) })),
    );
    expect(edges).toHaveLength(9);
  });

  it('draws no more edges than mermaid allows and says how many are missing', async () => {
    const text = await dag(modelOf({ steps: steps(600, (i) => (i === 0 ? [] : [i - 1])) }));
    const { edges, nodes } = await readMermaid(text);
    expect(edges).toHaveLength(490);
    expect(nodes.map((node) => node.label)).toContain(
      '109 more needs are not drawn; mermaid allows 500 edges',
    );
  });

  it('is taken by mermaid for every shape', async () => {
    await fc.assert(
      fc.asyncProperty(anyBlock(25), async (block) => {
        const { nodes } = await readMermaid(await dag(modelOf({ steps: block })));
        for (const step of block) expect(nodes.map((node) => node.id)).toContain(step.id);
      }),
      { numRuns: 25 },
    );
  });
});

describe('names in mermaid', () => {
  it('show as the author wrote them, whatever they hold', async () => {
    const block = HOSTILE.map((name, index) =>
      stepOf(`s${index}`, index === 0 ? [] : [`s${index - 1}`], { name }),
    );
    for (const text of [await chart(modelOf({ steps: block })), await dag(modelOf({ steps: block }))]) {
      const { nodes } = await readMermaid(text);
      for (const [index, name] of HOSTILE.entries()) {
        const wanted = printable(name) === '' ? `s${index}` : `s${index}: ${printable(name)}`;
        expect(nodes.find((node) => node.id === `s${index}`)?.label).toBe(wanted);
      }
    }
  });

  it('survive any text', async () => {
    const anyName = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string({ maxLength: 40 }),
      fc.constantFrom(...HOSTILE),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(anyName, { minLength: 1, maxLength: 4 }), async (names) => {
        const block = names.map((name, index) => stepOf(`s${index}`, [], { name }));
        for (const text of [await chart(modelOf({ steps: block })), await dag(modelOf({ steps: block }))]) {
          const { nodes } = await readMermaid(text);
          for (const [index, name] of names.entries()) {
            const clean = printable(name);
            const wanted = clean === '' || clean === `s${index}` ? `s${index}` : `s${index}: ${clean}`;
            expect(nodes.find((node) => node.id === `s${index}`)?.label).toBe(wanted);
          }
        }
      }),
      { numRuns: 25 },
    );
  });

  it('of steps may be any keyword of mermaid', async () => {
    for (const id of KEYWORDS.split(' ')) {
      const block = [stepOf('first'), stepOf(id, ['first']), stepOf('last', [id])];
      const model = modelOf({ steps: block }, { [id]: 'success' });
      for (const text of [await chart(model), await dag(model)]) {
        const { nodes, edges } = await readMermaid(text).catch((error: unknown) => {
          throw new Error(`${id}: ${String(error)}\n${text}`);
        });
        const own = nodes.filter((node) => node.label === id && node.id !== 'root_start');
        expect(own, `${id}\n${text}`).toHaveLength(1);
        expect(own[0]?.cssClasses, id).toContain('success');
        expect(
          edges.map((edge) => edge.from),
          id,
        ).toContain(own[0]?.id);
        expect(
          edges.map((edge) => edge.to),
          id,
        ).toContain(own[0]?.id);
      }
    }
  });
});

describe('statuses in mermaid', () => {
  it('colour the steps', async () => {
    const model = modelOf({ steps: stepsOf({ a: [], b: ['a'], c: ['b'] }) }, { a: 'success', b: 'failed' });
    for (const text of [await chart(model), await dag(model)]) {
      expect(text).toContain('classDef failed fill:');
      const { nodes } = await readMermaid(text);
      expect(nodes.find((node) => node.id === 'a')?.cssClasses).toContain('success');
      expect(nodes.find((node) => node.id === 'b')?.cssClasses).toContain('failed');
      expect(nodes.find((node) => node.id === 'c')?.cssClasses).not.toMatch(/success|failed/);
    }
  });

  it('of fan-out items are counted on their step', async () => {
    const model = modelOf(
      { steps: [stepOf('test', [], { foreach: 'inputs.list' })] },
      { test: 'running', 'test[0]': 'success', 'test[1]': 'success', 'test[2]': 'failed' },
    );
    expect(await chart(model)).toContain('test (for each, 2 success, 1 failed)');
  });

  it('draws the way back of a step that may send the run back', async () => {
    const plain = stepsOf({ a: [], b: ['a'], c: ['a'], ok: ['b', 'c'] });
    const model = modelOf({
      steps: plain.map((step) => (step.id === 'ok' ? { ...step, backTo: 'b' } : step)),
    });
    const text = await chart(model);
    expect(text).toMatch(/ok --> \w+ : sent back/);
    expect(text).toContain('back to b');
    await readMermaid(text);
  });
});
