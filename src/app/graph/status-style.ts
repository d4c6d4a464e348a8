/** How each status looks, in every format: one palette, light and dark, one symbol, one terminal colour. */
import type { StepStatus } from '../../store/port.ts';

export interface StatusStyle {
  /** One terminal cell wide. */
  symbol: string;
  /** Parameters of an ANSI colour sequence. */
  ansi: string;
  fill: string;
  stroke: string;
  text: string;
  darkFill: string;
  darkStroke: string;
  darkText: string;
}

const grey = {
  ansi: '90',
  fill: '#f6f8fa',
  stroke: '#8c959f',
  text: '#24292f',
  darkFill: '#21262d',
  darkStroke: '#6e7681',
  darkText: '#c9d1d9',
};
const blue = {
  ansi: '34',
  fill: '#ddf4ff',
  stroke: '#0969da',
  text: '#0a3069',
  darkFill: '#0c2d6b',
  darkStroke: '#58a6ff',
  darkText: '#cae8ff',
};
const amber = {
  ansi: '33',
  fill: '#fff8c5',
  stroke: '#9a6700',
  text: '#3b2300',
  darkFill: '#3b2300',
  darkStroke: '#d29922',
  darkText: '#f8e3a1',
};
const violet = {
  ansi: '35',
  fill: '#fbefff',
  stroke: '#8250df',
  text: '#3e1f79',
  darkFill: '#3c1e70',
  darkStroke: '#bc8cff',
  darkText: '#eddeff',
};
const green = {
  ansi: '32',
  fill: '#dafbe1',
  stroke: '#1a7f37',
  text: '#003d16',
  darkFill: '#033a16',
  darkStroke: '#3fb950',
  darkText: '#aff5b4',
};
const red = {
  ansi: '31',
  fill: '#ffebe9',
  stroke: '#cf222e',
  text: '#660018',
  darkFill: '#67060c',
  darkStroke: '#f85149',
  darkText: '#ffdcd7',
};

export const STATUS_STYLES: Readonly<Record<StepStatus, StatusStyle>> = {
  pending: { symbol: '·', ...grey },
  waiting: { symbol: '…', ...grey },
  queued: { symbol: '◦', ...grey },
  running: { symbol: '▶', ...blue },
  retrying: { symbol: '↻', ...amber },
  repairing: { symbol: '↻', ...amber },
  healing: { symbol: '↻', ...amber },
  suspended: { symbol: '‖', ...violet },
  success: { symbol: '✓', ...green },
  failed: { symbol: '✗', ...red },
  skipped: { symbol: '↷', ...grey, text: '#57606a', darkText: '#8b949e' },
  canceled: { symbol: '⊘', ...amber },
};

/** In the order of a step's life, for legends and counts. */
export const STATUSES = Object.keys(STATUS_STYLES).filter(
  (name): name is StepStatus => name in STATUS_STYLES,
);
