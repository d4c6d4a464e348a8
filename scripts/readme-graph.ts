/** The statechart in README.md, drawn from the example it shows, between `<!-- graph <file> -->` and `<!-- end -->`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile, emitBlock, formatDiagnostic } from '#compiler';
import { mermaidChart } from '../src/app/graph/mermaid-chart.ts';
import { runFrame } from '../src/app/graph/run-frame.ts';
import { stepNodes } from '../src/app/graph/step-node.ts';
import { builtinCatalog } from '../src/steps/catalog.ts';

const MARKED = /(<!-- graph (\S+) -->\n)[\s\S]*?(<!-- end -->)/g;

/** The page with its drawings as they should be. @throws {Error} when a workflow does not compile. */
export function renderGraphs(page: string, root: string): string {
  return page.replaceAll(MARKED, (_, start: string, file: string, end: string) => {
    return `${start}\`\`\`mermaid\n${draw(readFileSync(join(root, file), 'utf8'), file)}\`\`\`\n${end}`;
  });
}

function draw(source: string, file: string): string {
  const compiled = compile(source, { catalog: builtinCatalog });
  if (!compiled.ok)
    throw new Error(compiled.diagnostics.map((each) => formatDiagnostic(each, source, file)).join('\n'));
  const { plan } = compiled;
  const bodies = {
    steps: emitBlock(plan, 'steps'),
    ...(plan.blocks.errors.length > 0 && { errors: emitBlock(plan, 'errors') }),
    ...(plan.blocks.finally.length > 0 && { finally: emitBlock(plan, 'finally') }),
  };
  const model = { plan, bodies };
  return mermaidChart(runFrame(model, stepNodes(model)));
}
