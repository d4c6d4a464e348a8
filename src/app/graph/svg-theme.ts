/** Colours of SVG drawings as plain CSS rules, so that simple viewers show the light theme and browsers follow the reader's. */
import { STATUS_STYLES, STATUSES } from './status-style.ts';

interface Theme {
  page: string;
  text: string;
  muted: string;
  line: string;
  box: string;
  boxLine: string;
  group: string;
  groupLine: string;
}

const LIGHT: Theme = {
  page: '#ffffff',
  text: '#1f2328',
  muted: '#59636e',
  line: '#818b98',
  box: '#ffffff',
  boxLine: '#afb8c1',
  group: '#f6f8fa',
  groupLine: '#d1d9e0',
};
const DARK: Theme = {
  page: '#0d1117',
  text: '#e6edf3',
  muted: '#9198a1',
  line: '#7d8590',
  box: '#161b22',
  boxLine: '#4b5563',
  group: '#11161d',
  groupLine: '#30363d',
};

const FONT = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif";

/** The content of the drawing's `<style>`; every rule is below `svg.workflow`. A class `light` or `dark` on it overrules the reader's theme. */
export function svgStyle(): string {
  return [
    `svg.workflow text { font-family: ${FONT}; }`,
    'svg.workflow .id { font-size: 13px; font-weight: 600; }',
    'svg.workflow .sub, svg.workflow .title { font-size: 11px; }',
    'svg.workflow .title { font-weight: 600; }',
    'svg.workflow .edge, svg.workflow .wait { fill: none; stroke-width: 1.5; }',
    'svg.workflow .soft, svg.workflow .wait, svg.workflow .divider { stroke-dasharray: 5 4; }',
    'svg.workflow .status-skipped rect { stroke-dasharray: 4 3; }',
    ...rules('svg.workflow', LIGHT, false),
    `@media (prefers-color-scheme: dark) {\n${rules('svg.workflow:not(.light)', DARK, true).join('\n')}\n}`,
    ...rules('svg.workflow.dark', DARK, true),
  ].join('\n');
}

function rules(root: string, theme: Theme, dark: boolean): string[] {
  return [
    `${root} .page { fill: ${theme.page}; }`,
    `${root} text { fill: ${theme.text}; }`,
    `${root} .sub, ${root} .title { fill: ${theme.muted}; }`,
    `${root} .edge, ${root} .wait, ${root} .divider { stroke: ${theme.line}; }`,
    `${root} .head, ${root} .bar, ${root} .dot { fill: ${theme.line}; }`,
    `${root} .step rect, ${root} .more rect { fill: ${theme.box}; stroke: ${theme.boxLine}; }`,
    `${root} .group { fill: ${theme.group}; stroke: ${theme.groupLine}; }`,
    `${root} .stage { fill: none; stroke: ${theme.groupLine}; stroke-width: 1.5; }`,
    ...STATUSES.map((status) => {
      const { fill, stroke, darkFill, darkStroke } = STATUS_STYLES[status];
      return `${root} .status-${status} rect { fill: ${dark ? darkFill : fill}; stroke: ${dark ? darkStroke : stroke}; }`;
    }),
    ...STATUSES.map((status) => {
      const { text, darkText } = STATUS_STYLES[status];
      return `${root} .status-${status} text { fill: ${dark ? darkText : text}; }`;
    }),
  ];
}
