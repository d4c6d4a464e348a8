/** What a sandbox thread and the rest of keystone say to each other. Values travel as JSON text. */

export interface SandboxJob {
  /** Body of an asynchronous function, in strict mode: it may `return` and `await`. */
  code: string;
  /** JSON of an object; each entry becomes a global of the script. */
  scope: string;
  /** Names of the functions of the host. */
  functions: readonly string[];
  /**
   * Source of a function that is called with an object of these functions and gives the globals made of them. Without it they
   * are globals themselves.
   */
  prepare: string | undefined;
  /** Of the script's values. The whole memory of its engine is at most 16 MiB larger. */
  memoryLimitMb: number;
  /** Four 32-bit numbers. `Math.random()` gives the same numbers for the same four. */
  seed: readonly number[];
}

/** How a script ended. Lines and columns are those of its code, counted from 1. */
export type SandboxEnd =
  | { how: 'returned'; json: string }
  | ({ how: 'threw' } & Thrown)
  /** What it returned is no JSON; `message` says what, and where in it. */
  | { how: 'not-json'; message: string }
  | { how: 'too-large'; bytes: number }
  | { how: 'memory' }
  /** It waits for something that nothing will ever do. */
  | { how: 'stuck' }
  | { how: 'stopped' };

export interface Thrown {
  /** Of an error, such as `TypeError`; undefined when what was thrown is none. */
  name?: string;
  /** Of an error; the thrown value as text otherwise. */
  message: string;
  /** Innermost first. */
  frames: { at: string; line: number; column: number }[];
  /** The engine cannot read the code; the first frame is where. */
  syntax?: true;
  /** The call of a host function whose failure this is. */
  call?: number;
}

export type ToThread =
  | { type: 'run'; job: SandboxJob }
  /** `json` is the result, or `{ name, message, code }` of the error. */
  | { type: 'answer'; call: number; ok: boolean; json: string }
  | { type: 'stop' };

export type FromThread =
  | { type: 'ready' }
  | { type: 'console'; stream: 'stdout' | 'stderr'; text: string }
  | { type: 'call'; call: number; name: string; json: string }
  | { type: 'end'; end: SandboxEnd };

export interface ThreadData {
  /** The engine, compiled. */
  module: object;
  /** One 32-bit number: anything but 0 interrupts the script. */
  stop: SharedArrayBuffer;
}
