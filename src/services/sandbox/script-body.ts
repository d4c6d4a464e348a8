/** A script as the body of a function, and its lines in stacks: the same in the sandbox, in Node and where syntax is checked. */
import type { Thrown } from './messages.ts';

/** On the first line, so that lines are those of the code; columns of that line are moved. */
const BEFORE = '(async () => {"use strict";';
const MAX_FRAMES = 8;

/** By which frames of the script are told from others. */
export const SCRIPT_FILE = 'script';

/** An expression that gives a function without parameters. */
export const asFunction = (code: string): string => `${BEFORE}${code}\n})`;

/** Column of the code at a column of the text with the function around it; both from 1. */
export const columnOf = (line: number, column: number): number =>
  Math.max(1, column - (line === 1 ? BEFORE.length : 0));

/** Frames of the script itself, innermost first. */
export function framesOf(stack: string): Thrown['frames'] {
  const found = stack.matchAll(/^ *at (?:async )?(?:(.*) \()?script:(\d+):(\d+)\)?$/gm);
  return [...found]
    .filter(([, at]) => at !== '<eval>')
    .slice(0, MAX_FRAMES)
    .map(([, at = '', line, column]) => ({
      at: at === '<anonymous>' ? '' : at,
      line: Number(line),
      column: columnOf(Number(line), Number(column)),
    }));
}
