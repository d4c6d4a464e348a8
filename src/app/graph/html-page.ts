/** `--format html`: the SVG in a page of its own with zoom, pan, facts on hover and a theme switch. Nothing is loaded from anywhere. */
import { createHash } from 'node:crypto';
import { pageScript } from './html-script.ts';
import type { StepNode } from './step-node.ts';
import { escaped, stepFacts } from './svg-shapes.ts';

/** @param svg As made by `svgPage`. */
export function htmlPage(svg: string, title: string, steps: ReadonlyMap<string, StepNode>): string {
  const facts = Object.fromEntries(Array.from(steps, ([path, step]) => [path, stepFacts(step)]));
  const data = JSON.stringify(facts)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${createHash('sha256').update(pageScript).digest('base64')}'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escaped(title)}</title>
<style>
${pageStyle}
</style>
</head>
<body>
<header>
<strong>${escaped(title)}</strong>
<span class="spacer"></span>
<button type="button" data-do="out" title="Zoom out (-)">−</button>
<button type="button" data-do="fit" title="Fit (0)">fit</button>
<button type="button" data-do="in" title="Zoom in (+)">+</button>
<button type="button" data-do="theme" title="Light or dark (t)">theme</button>
</header>
<main>
${withoutTips(svg)}</main>
<aside hidden></aside>
<script type="application/json" id="facts">${data}</script>
<script>${pageScript}</script>
</body>
</html>
`;
}

/** The page shows facts itself; the browser's own tips would come on top. */
function withoutTips(svg: string): string {
  return svg.replace(/<title>[^<]*<\/title>/g, '');
}

const pageStyle = `html, body { margin: 0; height: 100%; }
body { display: flex; flex-direction: column; font: 14px/1.4 system-ui, -apple-system, 'Segoe UI', sans-serif; background: #fff; color: #1f2328; }
header { display: flex; gap: 6px; align-items: center; padding: 8px 14px; border-bottom: 1px solid #d1d9e0; }
header .spacer { flex: 1; }
button { font: inherit; min-width: 34px; padding: 2px 10px; border: 1px solid #d1d9e0; border-radius: 6px; background: #f6f8fa; color: inherit; cursor: pointer; }
main { flex: 1; overflow: hidden; cursor: grab; touch-action: none; }
main.dragging { cursor: grabbing; }
main svg { transform-origin: 0 0; display: block; }
main .step { cursor: default; }
main .step:hover rect { stroke-width: 2.5; }
aside { position: fixed; max-width: 360px; padding: 8px 12px; border: 1px solid #d1d9e0; border-radius: 8px; background: #fff; box-shadow: 0 6px 20px #0003; pointer-events: none; }
aside[hidden] { display: none; }
aside table { border-collapse: collapse; }
aside th { text-align: left; font-weight: 500; color: #59636e; padding-right: 12px; vertical-align: top; white-space: nowrap; }
aside td { overflow-wrap: anywhere; }
html.dark body, html.dark aside { background: #0d1117; color: #e6edf3; }
html.dark header, html.dark aside, html.dark button { border-color: #30363d; }
html.dark button { background: #161b22; }
html.dark aside th { color: #9198a1; }`;
