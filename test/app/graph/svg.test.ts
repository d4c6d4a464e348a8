import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderGraph } from '../../../src/app/graph/index.ts';
import { anyBlock, stepOf, steps, stepsOf } from '../../compiler/shape/plan-of.ts';
import { cpuMsOf } from '../../cpu-time.ts';
import { modelOf } from './graph-of.ts';

const VIEWS = ['statechart', 'dag'] as const;
const HOSTILE = '"><script>alert(1)</script><text x=\'\u0000]]>&amp;\ud800 🚀';

describe('svg', () => {
  it('is well-formed and holds each step once, in both views, for any shape and name', async () => {
    await fc.assert(
      fc.asyncProperty(anyBlock(30), fc.string({ unit: 'binary', maxLength: 30 }), async (block, name) => {
        const model = modelOf({ steps: block.map((step) => ({ ...step, name })), errors: [stepOf('s0')] });
        for (const view of VIEWS) {
          const svg = await renderGraph(model, { format: 'svg', view });
          expectWellFormed(svg);
          for (const { id } of block) expect(svg.split(`data-path="${id}"`).length - 1).toBe(1);
          expect(svg).toContain('data-path="errors&#47;s0"'.replace('&#47;', '/'));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('lays boxes out without overlapping', async () => {
    await fc.assert(
      fc.asyncProperty(anyBlock(25), async (block) => {
        const svg = await renderGraph(modelOf({ steps: block }), { format: 'svg', view: 'dag' });
        const boxes = [
          ...svg.matchAll(
            /<g class="step"[^>]*>.*?<rect x="([\d.-]+)" y="([\d.-]+)" width="([\d.]+)" height="([\d.]+)"/g,
          ),
        ];
        const rects = boxes.map((match) => match.slice(1, 5).map(Number));
        rects.forEach(([x = 0, y = 0, width = 0, height = 0], index) => {
          for (const [ox = 0, oy = 0, owidth = 0, oheight = 0] of rects.slice(index + 1)) {
            const apart =
              x + width <= ox + 0.2 ||
              ox + owidth <= x + 0.2 ||
              y + height <= oy + 0.2 ||
              oy + oheight <= y + 0.2;
            expect(apart).toBe(true);
          }
        });
      }),
      { numRuns: 40 },
    );
  });

  it('cannot be broken out of by a name', async () => {
    const svg = await renderGraph(modelOf({ steps: [stepOf('a', [], { name: HOSTILE })] }), {
      format: 'svg',
    });
    expect(svg).not.toContain('<script');
    expectWellFormed(svg);
  });

  it('loads nothing', async () => {
    for (const view of VIEWS) {
      const svg = await renderGraph(modelOf({ steps: stepsOf({ a: [], b: ['a'] }) }), {
        format: 'svg',
        view,
      });
      expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|@import|url\(/);
    }
  });

  it('colours steps by status, with a legend, in light and dark', async () => {
    const model = modelOf({ steps: stepsOf({ a: [], b: ['a'] }) }, { a: 'success', b: 'running' });
    for (const view of VIEWS) {
      const svg = await renderGraph(model, { format: 'svg', view });
      expect(svg).toContain('<g class="step status-success" data-path="a">');
      expect(svg).toContain('▶ running</text>');
      expect(svg).toContain('prefers-color-scheme: dark');
    }
  });

  it('draws 1,000 steps of any shape within a second', async () => {
    const shapes = {
      fan: steps(1000, () => []),
      chain: steps(1000, (i) => (i === 0 ? [] : [i - 1])),
      grid: steps(1000, (i) => [...(i % 10 ? [i - 1] : []), ...(i >= 10 ? [i - 10] : [])]),
      random: steps(1000, (i) =>
        Array.from({ length: Math.min(i, 3) }, (_, k) => (i * 7919 + k * 104_729) % i),
      ),
    };
    for (const [name, block] of Object.entries(shapes)) {
      const times: number[] = [];
      for (const view of [...VIEWS, ...VIEWS]) {
        times.push(await cpuMsOf(() => renderGraph(modelOf({ steps: block }), { format: 'svg', view })));
      }
      expect(Math.max(...times.slice(2)), name).toBeLessThan(1000);
    }
  });
});

describe('html', () => {
  const page = (name: string): Promise<string> =>
    renderGraph(
      modelOf({ steps: [stepOf('a', [], { name, if: '1 < 2' }), stepOf('b', ['a'])] }, { a: 'failed' }),
      { format: 'html' },
    );

  it('is one page that loads nothing and runs only its own script', async () => {
    const html = await page('A');
    expect(html.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|@import|src=|href=/);
    const script = /<script>([\s\S]*?)<\/script>/.exec(html)?.[1] ?? '';
    const hash = createHash('sha256').update(script).digest('base64');
    expect(html).toContain(`script-src 'sha256-${hash}'`);
    expect(() => new Function(script)).not.toThrow();
  });

  it('holds the facts of each step for hovering', async () => {
    const html = await page('A');
    const facts: Record<string, string[][]> = JSON.parse(
      /id="facts">([\s\S]*?)<\/script>/.exec(html)?.[1] ?? '',
    );
    expect(facts.a).toEqual([
      ['step', 'a'],
      ['name', 'A'],
      ['kind', 'shell'],
      ['status', 'failed'],
      ['if', '1 < 2'],
    ]);
    expect(facts.b).toContainEqual(['needs', 'a']);
  });

  it('cannot be broken out of by a name', async () => {
    const html = await page(HOSTILE);
    expect(html.match(/<script/g)).toHaveLength(2);
    const facts: Record<string, string[][]> = JSON.parse(
      /id="facts">([\s\S]*?)<\/script>/.exec(html)?.[1] ?? '',
    );
    expect(facts.a?.[1]?.[1]).toContain('<script>alert(1)</script>');
  });
});

/** Enough of XML for what we write: balanced elements, quoted attributes, no stray markup or control characters. */
function expectWellFormed(xml: string): void {
  expect(xml).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Cs}/u);
  const open: string[] = [];
  const styleless = xml.replace(/<style>[^<]*<\/style>/, '');
  for (const [, text = '', close = '', name = '', attributes = '', empty = ''] of styleless.matchAll(
    /([^<]*)<(\/?)([a-z]+)((?:\s[a-z-]+(?::[a-z]+)?="[^"<&]*(?:&#\d+;[^"<&]*)*")*)\s*(\/?)>/gi,
  )) {
    expect(text.replace(/&#\d+;/g, '')).not.toMatch(/[&>]/);
    if (close !== '') expect(open.pop()).toBe(name);
    else if (empty === '') open.push(name);
    expect(attributes).toBeDefined();
  }
  expect(open).toEqual([]);
  const rest = styleless.replace(
    /[^<]*<\/?[a-z]+(?:\s[a-z-]+(?::[a-z]+)?="[^"<&]*(?:&#\d+;[^"<&]*)*")*\s*\/?>/gi,
    '',
  );
  expect(rest.trim()).toBe('');
}
