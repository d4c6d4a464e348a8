/** `keystone graph`: a workflow, or a run of it, drawn in any of the known formats. Pure: text out, nothing read or written. */
import { BLOCK_NAMES } from '#compiler';
import { asciiDag } from './ascii-dag.ts';
import { asciiTree } from './ascii-tree.ts';
import { type DagView, dagOf } from './dag.ts';
import { dotChart, dotDag } from './dot.ts';
import { htmlPage } from './html-page.ts';
import { jsonGraph } from './json-graph.ts';
import { mermaidChart } from './mermaid-chart.ts';
import { mermaidDag } from './mermaid-dag.ts';
import type { GraphFormat, GraphModel, GraphView } from './model.ts';
import { runFrame } from './run-frame.ts';
import { stepNodes } from './step-node.ts';
import { svgDag } from './svg-dag.ts';
import { svgFrame } from './svg-frame.ts';
import { svgPage } from './svg-page.ts';
import { xstateGraph } from './xstate-graph.ts';

export { drawMachine } from './draw-machine.ts';
export { GRAPH_FORMATS, GRAPH_VIEWS, type GraphFormat, type GraphModel, type GraphView } from './model.ts';

export interface GraphOptions {
  format: GraphFormat;
  /** Formats `json` and `xstate` hold everything and know no views. @default 'statechart' */
  view?: GraphView;
  /** Terminal colours, only for `ascii`. @default false */
  color?: boolean;
  /** Width of the terminal in cells, only for `ascii`. @default 120 */
  columns?: number;
}

/** The whole text of a file in that format, ending in a line break. */
export async function renderGraph(model: GraphModel, options: GraphOptions): Promise<string> {
  const { format, view = 'statechart', color = false, columns = 120 } = options;
  const steps = stepNodes(model);
  const frame = () => runFrame(model, steps);
  const dags = (): DagView[] =>
    BLOCK_NAMES.filter((block) => model.plan.blocks[block].length > 0).map((block) =>
      dagOf(block, model.plan.blocks[block], steps),
    );
  const svg = () =>
    svgPage(view === 'dag' ? svgDag(dags()) : svgFrame(frame()), model.plan.name, steps.values());
  switch (format) {
    case 'json':
      return jsonGraph(model);
    case 'xstate':
      return xstateGraph(model);
    case 'mermaid':
      return view === 'dag' ? mermaidDag(dags()) : mermaidChart(frame());
    case 'dot':
      return view === 'dag' ? dotDag(dags()) : dotChart(frame());
    case 'ascii':
      return view === 'dag' ? asciiDag(dags(), { color, columns }) : asciiTree(frame(), { color, columns });
    case 'svg':
      return svg();
    case 'html':
      return htmlPage(svg(), model.plan.name, steps);
  }
}
