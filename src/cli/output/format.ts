/** Small formats shared by everything printed: durations, times, status symbols, lists of words. */
import type { Paint } from '../terminal.ts';

/** `240ms`, `3.2s`, `1m 04s`, `2h 03m`, `3d 04h`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))}ms`;
  const seconds = ms / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`;
  return `${Math.floor(minutes / 1440)}d ${two(Math.floor(minutes / 60) % 24)}h`;
}

/** Local `15:04:05`. */
export function formatClock(ts: number): string {
  const date = new Date(ts);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
}

/** Local `2026-03-01 15:04`. */
export function formatDate(ts: number): string {
  const date = new Date(ts);
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

const SYMBOLS: Readonly<
  Record<string, readonly [symbol: string, color: 'green' | 'red' | 'yellow' | 'cyan' | 'gray']>
> = {
  success: ['✔', 'green'],
  failed: ['✖', 'red'],
  skipped: ['–', 'gray'],
  canceled: ['⊘', 'yellow'],
  suspended: ['⏸', 'yellow'],
  paused: ['⏸', 'yellow'],
  running: ['▶', 'cyan'],
  interrupted: ['⚠', 'yellow'],
  queued: ['◌', 'gray'],
  waiting: ['◌', 'gray'],
  pending: ['◌', 'gray'],
  retrying: ['↻', 'yellow'],
};

/** The coloured one-character symbol of a run's or step's status. */
export function statusSymbol(status: string, paint: Paint): string {
  const [symbol, color] = SYMBOLS[status] ?? ['•', 'gray'];
  return paint[color](symbol);
}

/** The status word in the colour of its symbol. */
export function statusWord(status: string, paint: Paint): string {
  return paint[SYMBOLS[status]?.[1] ?? 'gray'](status);
}

/** `812 B`, `3.4 KiB`, `1.2 GiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}

/** `1 error`, `2 errors`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** Cuts to `width` columns, with an ellipsis; line breaks and control characters become spaces. */
export function oneLine(text: string, width: number): string {
  const flat = stripControls(text).replace(/\s+/g, ' ').trim();
  return flat.length <= width ? flat : `${flat.slice(0, Math.max(0, width - 1))}…`;
}

const CONTROLS =
  /\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b\][^\u0007]*(?:\u0007|\u001b\\)|[\u0000-\u0008\u000b-\u001f\u007f]/g;

/** Removes terminal control sequences, so that output of a step cannot move the cursor. Tabs and newlines stay. */
export function stripControls(text: string): string {
  return text.replace(CONTROLS, '');
}
