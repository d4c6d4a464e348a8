/** How a script ended badly, as the failure of its step: with a code, the line in the workflow, and what to do. */
import { StepFailure } from '../../kernel/failure.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { codeOffset } from '../../services/sandbox/code-offset.ts';
import type { SandboxResult, Thrown } from '../../services/sandbox/run-sandboxed.ts';
import type { StepContext } from '../define.ts';

export interface ScriptSetting {
  /** The script. */
  code: string;
  memoryLimitMb: number;
  ctx: StepContext;
}

type BadEnd = Exclude<SandboxResult, { how: 'returned' }>;

export function scriptFailure(end: BadEnd, setting: ScriptSetting): StepFailure {
  switch (end.how) {
    case 'threw':
      return thrownFailure(end, 'cause' in end ? end.cause : undefined, setting);
    case 'not-json':
      return new StepFailure('RESULT_NOT_JSON', `what the script returned is no JSON: ${end.message}`);
    case 'too-large':
      return new StepFailure(
        'OUTPUT_TOO_LARGE',
        `the script returned ${end.bytes} bytes of JSON; up to 10 MiB are possible`,
        { details: { bytes: end.bytes } },
      );
    case 'memory':
      return memoryFailure(setting.memoryLimitMb);
    case 'stuck':
      return new StepFailure('SCRIPT_STUCK', 'the script waits for a promise that nothing will ever settle', {
        details: {
          hint: 'there are no timers in a script; a promise of its own must be resolved by its own code',
        },
      });
    case 'stopped':
      return new StepFailure('CANCELED', 'the script was stopped');
    default:
      return end satisfies never;
  }
}

export function memoryFailure(memoryLimitMb: number): StepFailure {
  return new StepFailure('SCRIPT_MEMORY', `the script needs more than ${memoryLimitMb} MiB`, {
    details: {
      memoryLimitMb,
      hint: 'give it more by "memoryLimitMb", or read less of what other steps gave',
    },
  });
}

/** What a function of the host threw keeps its code and whether another attempt can help. */
export function thrownFailure(thrown: Thrown, cause: unknown, setting: ScriptSetting): StepFailure {
  const { name, message } = thrown;
  const details = detailsOf(thrown, setting);
  if (cause instanceof StepFailure) {
    const { code, retryable } = cause;
    return new StepFailure(code, cause.message, {
      retryable,
      cause,
      details: { ...details, ...cause.details },
    });
  }
  if (thrown.syntax)
    return new StepFailure('SCRIPT_SYNTAX', `the sandbox cannot read the script: ${message}`, { details });
  const text =
    name === undefined ? `the script threw ${message}` : name === 'Error' ? message : `${name}: ${message}`;
  return new StepFailure('SCRIPT_ERROR', text === '' ? 'the script threw an Error without a message' : text, {
    retryable: true,
    details,
  });
}

function detailsOf({ name, message, frames }: Thrown, { code, ctx }: ScriptSetting): JsonObject {
  const places = frames.map(({ at, line, column }) => ({
    at,
    ...ctx.placeOf('run', codeOffset(code, line, column)),
  }));
  const [{ at: _, ...first } = { at: '' }] = places;
  const hint = name === 'ReferenceError' || name === 'SyntaxError' ? hintOf(message) : undefined;
  return {
    ...first,
    ...(name !== undefined && { name }),
    ...(places.length > 1 && {
      stack: places.map(({ at, line, column }) => `${at === '' ? 'script' : at} (${line}:${column})`),
    }),
    ...(hint !== undefined && { hint }),
  };
}

const NOT_NODE = 'a script is not in Node: write "shell: node" in a shell step, or "allowInsecure: true"';
const NO_TIMERS = 'there are no timers in a script; use "retry", or a sleep step between two';
const ONLY_LANGUAGE = 'a script has JavaScript itself, without the libraries of browsers and Node';

const HINTS: Readonly<Record<string, string>> = {
  fetch: 'write "allow: [fetch]"',
  readFile: 'write "allow: [readFile]"',
  secrets: 'write "allow: [secrets]"',
  item: 'it has a value in steps with "foreach" or "strategy"',
  index: 'it has a value in steps with "foreach" or "strategy"',
  ...Object.fromEntries(['setTimeout', 'setInterval', 'setImmediate'].map((name) => [name, NO_TIMERS])),
  ...Object.fromEntries(
    ['require', 'process', 'module', 'Buffer', '__dirname'].map((name) => [name, NOT_NODE]),
  ),
  ...Object.fromEntries(
    [
      'URL',
      'URLSearchParams',
      'TextEncoder',
      'TextDecoder',
      'Intl',
      'crypto',
      'structuredClone',
      'atob',
      'btoa',
    ].map((name) => [name, ONLY_LANGUAGE]),
  ),
};

/** By the name that is missing. */
function hintOf(message: string): string | undefined {
  if (message.startsWith('could not load module')) return NOT_NODE;
  const name = /^'?([\w$]+)'? is not defined$/.exec(message)?.[1] ?? '';
  return Object.hasOwn(HINTS, name) ? HINTS[name] : undefined;
}
