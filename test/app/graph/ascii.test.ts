import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../../src/app/graph/display-text.ts';
import { renderGraph } from '../../../src/app/graph/index.ts';
import { anyBlock, joinOf, stepOf, steps, stepsOf } from '../../compiler/shape/plan-of.ts';
import { modelOf } from './graph-of.ts';

const draw = async (
  model: ReturnType<typeof modelOf>,
  more: { columns?: number; color?: boolean } = {},
): Promise<string> => renderGraph(model, { format: 'ascii', view: 'dag', ...more });
const tree = async (
  model: ReturnType<typeof modelOf>,
  more: { columns?: number; color?: boolean } = {},
): Promise<string> => renderGraph(model, { format: 'ascii', ...more });

describe('the dag in the terminal', () => {
  it('draws boxes in layers with lines between them', async () => {
    const block = stepsOf({
      checkout: [],
      lint: ['checkout'],
      build: ['checkout'],
      deploy: ['lint', 'build'],
    });
    expect(`\n${await draw(modelOf({ steps: block }))}`).toBe(`
      ┌───────────┐
      │ checkout  │
      └─────┬─────┘
      ┌─────┴─────┐
      ▼           ▼
  ┌───────┐   ┌───────┐
  │ lint  │   │ build │
  └───┬───┘   └───┬───┘
      └────┐ ┌────┘
           ▼ ▼
       ┌─────────┐
       │ deploy  │
       └─────────┘
`);
  });

  it('leads long edges past the boxes between, and dashes what a soft join watches', async () => {
    const block = [
      ...stepsOf({ a: [], b: ['a'], c: ['b'], d: ['c'], side: ['a'] }),
      joinOf('any', ['d', 'side'], { condition: { type: 'any' } }),
    ];
    const text = await draw(modelOf({ steps: block }));
    expect(text).toMatch(/┆/);
    for (const line of text.split('\n')) expect(line).toBe(line.trimEnd());
    expect(text).toContain('any (any of 2)');
  });

  it('lets lines of different steps cross without joining', async () => {
    const block = stepsOf({ a: [], b: [], c: [], x: ['b', 'c'], y: ['a', 'c'], z: ['a', 'b'] });
    const text = await draw(modelOf({ steps: block }));
    expect(text).not.toContain('┼');
    expect(text.match(/▼/g)).toHaveLength(6);
  });

  it('puts a crowd of look-alikes into one box', async () => {
    const block = [stepOf('split'), ...steps(40, () => []).map((step) => ({ ...step, needs: ['split'] }))];
    const text = await draw(modelOf({ steps: block }), { columns: 60 });
    expect(text).toContain('│ s0');
    expect(text).toContain('… and 11 more');
    expect(text.match(/▼/g)).toHaveLength(1);
  });

  it('shows statuses as symbols, and in colour only when asked', async () => {
    const model = modelOf(
      { steps: stepsOf({ a: [], b: ['a'], c: ['b'] }) },
      { a: 'success', b: 'failed', c: 'skipped' },
    );
    const plain = await draw(model);
    expect(plain).toContain('✓ a');
    expect(plain).toContain('✗ b');
    expect(plain).toContain('↷ c');
    expect(plain).not.toContain('\x1b');
    expect(await draw(model, { color: true })).toContain('\x1b[31m');
  });

  it('is a list of steps with what they come after where a drawing would be too wide or too large', async () => {
    const grid = steps(400, (i) => [...(i % 20 ? [i - 1] : []), ...(i >= 20 ? [i - 20] : [])]);
    const large = await draw(modelOf({ steps: grid }));
    expect(large).not.toContain('┌');
    expect(large).toContain('s21 ← s1, s20  shell');
    const narrow = await draw(modelOf({ steps: stepsOf({ a: [], b: [], c: ['a'], d: ['a', 'b'] }) }), {
      columns: 12,
    });
    expect(narrow).not.toContain('┌');
  });

  it('never needs more room than it has, names every step, and ends', async () => {
    await fc.assert(
      fc.asyncProperty(anyBlock(60), fc.constantFrom(40, 80, 120, 200), async (block, columns) => {
        const text = await draw(modelOf({ steps: block }), { columns });
        for (const line of text.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
        expectArrowsOnBoxes(text);
        if (text.includes(' more')) return;
        for (const { id } of block) expect(text).toMatch(new RegExp(`\\b${id}\\b`));
      }),
      { numRuns: 80 },
    );
  });

  it('draws as many arrows into each box as it has needs', async () => {
    await fc.assert(
      fc.asyncProperty(anyBlock(9), async (block) => {
        const hard = block.map((step) => (step.join ? stepOf(step.id, step.needs) : step));
        const model = modelOf({ steps: hard });
        const json: { edges: unknown[] } = JSON.parse(await renderGraph(model, { format: 'json' }));
        const text = await draw(model, { columns: 400 });
        if (/ more|━/.test(text) || /│ s\d+ +│\n.*│ s\d+ +│\n/.test(text)) return;
        expect(text.match(/▼/g)?.length ?? 0, text).toBe(json.edges.length);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps its columns with wide characters and emoji', async () => {
    const text = await draw(modelOf({ steps: [stepOf('a', [], { foreach: '部署🚀' }), stepOf('b', ['a'])] }));
    const box = text.split('\n').slice(0, 3).map(displayWidth);
    expect(new Set(box).size).toBe(1);
  });
});

describe('the statechart in the terminal', () => {
  it('is a tree of what runs at once and in sequence', async () => {
    const block = stepsOf({
      checkout: [],
      lint: ['checkout'],
      build: ['checkout'],
      e2e: ['build'],
      deploy: ['lint', 'build'],
    });
    const model = modelOf(
      { steps: block, finally: [stepOf('clean')] },
      { checkout: 'success', lint: 'running' },
    );
    expect(`\n${await tree(model)}`).toBe(`
release
├─ checkout  shell  ✓ success
└─ 2 at once
   ├─ 2 in sequence
   │  ├─ lint  shell  ▶ running
   │  └─ deploy (waits for build)  shell
   └─ 2 in sequence
      ├─ build  shell
      └─ e2e  shell

finally
└─ clean  shell
`);
  });

  it('fits the terminal', async () => {
    const long = stepOf('a', [], { name: 'x'.repeat(300) });
    for (const line of (await tree(modelOf({ steps: [long] }), { columns: 50 })).split('\n')) {
      expect(displayWidth(line)).toBeLessThanOrEqual(50);
    }
  });

  it('prints no control characters of names', async () => {
    const text = await tree(modelOf({ steps: [stepOf('a', [], { name: '\x1b[31mred\x07\r\nnext' })] }));
    expect(text).not.toContain('\x1b');
    expect(text).toContain('a: [31mred next');
  });
});

/** Every arrow ends on the border of a box or on a bar. */
function expectArrowsOnBoxes(text: string): void {
  const lines = text.split('\n').map((line) => Array.from(line));
  lines.forEach((line, row) => {
    line.forEach((char, column) => {
      if (char === '▼') expect(lines[row + 1]?.[column], text).toMatch(/[─━]/);
    });
  });
}
