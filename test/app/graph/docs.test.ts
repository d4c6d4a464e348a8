import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { compile, emitBlock } from '#compiler';
import { renderGraph } from '../../../src/app/graph/index.ts';
import { builtinCatalog } from '../../../src/steps/catalog.ts';
import { readMermaid } from './graph-of.ts';

const page = readFileSync(new URL('../../../docs/graph.md', import.meta.url), 'utf8');
const statecharts = readFileSync(new URL('../../../docs/statecharts.md', import.meta.url), 'utf8');
const blocks = (text: string, language: string): string[] =>
  [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].flatMap(([, name, block = '']) =>
    name === language ? [block] : [],
  );

it('the pictures in docs/graph.md are what keystone draws of the workflow there', async () => {
  const compiled = compile(blocks(page, 'yaml')[0] ?? '', { catalog: builtinCatalog });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics));
  const { plan } = compiled;
  const bodies = { steps: emitBlock(plan, 'steps'), finally: emitBlock(plan, 'finally') };
  const draw = (format: 'mermaid' | 'ascii', view: 'statechart' | 'dag'): Promise<string> =>
    renderGraph({ plan, bodies }, { format, view });
  expect(blocks(page, 'mermaid')).toEqual([
    await draw('mermaid', 'statechart'),
    await draw('mermaid', 'dag'),
  ]);
  expect(blocks(page, 'text')).toEqual([await draw('ascii', 'dag'), await draw('ascii', 'statechart')]);
});

it('mermaid reads every picture of docs/statecharts.md', async () => {
  for (const picture of blocks(statecharts, 'mermaid'))
    expect((await readMermaid(picture)).nodes.length).toBeGreaterThan(2);
});
