/** One script in an engine of its own: what a script did to its world dies with it. */
import { type QuickJSContext, type QuickJSHandle, Scope } from 'quickjs-emscripten-core';
import type { Engine } from './engine.ts';
import type { SandboxEnd, SandboxJob } from './messages.ts';
import { MAX_RESULT_BYTES } from './node-runner.ts';
import { asFunction, framesOf, SCRIPT_FILE } from './script-body.ts';

/** While it is read, a value takes at least this many times the bytes of its JSON. */
const ROOM_FOR_JSON = 3;
/** Each is work of the host, which a loop could pile up without an end. */
const MAX_OPEN_CALLS = 100;

export interface GuestHost {
  print(stream: 'stdout' | 'stderr', text: string): void;
  /** Begins a call; its answer comes by `Guest.answer`. */
  call(call: number, name: string, json: string): void;
  isStopped(): boolean;
}

export class Guest {
  readonly #context: QuickJSContext;
  readonly #engine: Engine;
  readonly #job: SandboxJob;
  readonly #host: GuestHost;
  /** Everything that must be given back to the engine. */
  readonly #held = new Scope();
  #calls = 0;
  /** Calls without an answer. */
  #open = 0;
  /** The engine's own code came to its end each time it was entered. */
  #isSound = true;
  #result: QuickJSHandle | undefined;
  #encode: QuickJSHandle | undefined;
  #describe: QuickJSHandle | undefined;
  #answer: QuickJSHandle | undefined;

  constructor(engine: Engine, job: SandboxJob, host: GuestHost) {
    const { context } = engine;
    this.#engine = engine;
    this.#context = context;
    this.#job = job;
    this.#host = host;
    context.runtime.setInterruptHandler(() => host.isStopped());
  }

  /** Gives everything back. @returns whether the engine is as it was. */
  close(): boolean {
    try {
      this.#held.dispose();
      return this.#isSound;
    } catch {
      return false;
    }
  }

  /** @returns undefined while it waits for answers. */
  start(): SandboxEnd | undefined {
    if (this.#host.isStopped()) return { how: 'stopped' };
    const { code, scope, memoryLimitMb } = this.#job;
    if (Buffer.byteLength(scope) * ROOM_FOR_JSON > memoryLimitMb * 1024 * 1024) return { how: 'memory' };
    return this.#guarded(() => {
      const failed = this.#prepare();
      if (failed !== undefined) return this.#thrown(failed);
      const begun = this.#evaluate(`${asFunction(code)}()`, SCRIPT_FILE);
      if (begun.error) {
        const end = this.#thrown(begun.error);
        return end.how === 'threw' ? { ...end, syntax: true } : end;
      }
      this.#result = begun.value;
      return this.#goOn();
    });
  }

  /** The answer to a call. @returns undefined while it waits for more. */
  answer(call: number, ok: boolean, json: string): SandboxEnd | undefined {
    this.#open--;
    return this.#guarded(() => {
      const context = this.#context;
      if (Buffer.byteLength(json) * ROOM_FOR_JSON > this.#job.memoryLimitMb * 1024 * 1024)
        return { how: 'memory' };
      const isOk = ok ? context.true : context.false;
      const answered = this.#call(this.#answer, context.newNumber(call), isOk, this.#string(json));
      return answered.error ? this.#thrown(answered.error) : this.#goOn();
    });
  }

  /** @returns what was thrown, if anything. */
  #prepare(): QuickJSHandle | undefined {
    const context = this.#context;
    const { scope, functions, seed, prepare } = this.#job;
    const given = prepare === undefined ? undefined : this.#evaluate(`(${prepare})`, 'keystone');
    if (given?.error) return given.error;
    const log = context.newFunction('log', (stream, text) => {
      this.#host.print(context.getString(stream) === 'stderr' ? 'stderr' : 'stdout', this.#text(text));
    });
    const call = context.newFunction('call', (name, json) => {
      if (this.#open >= MAX_OPEN_CALLS)
        throw new Error(`more than ${MAX_OPEN_CALLS} calls at once; await some before the next`);
      this.#open++;
      this.#host.call(++this.#calls, context.getString(name), context.getString(json));
      return context.newNumber(this.#calls);
    });
    const made = this.#call(
      this.#engine.prelude,
      this.#held.manage(log),
      this.#held.manage(call),
      this.#string(scope),
      this.#string(JSON.stringify(functions)),
      this.#string(JSON.stringify(seed)),
      given === undefined ? context.undefined : given.value,
    );
    if (made.error) return made.error;
    this.#encode = this.#member(made.value, 'encode');
    this.#describe = this.#member(made.value, 'describe');
    this.#answer = this.#member(made.value, 'answer');
    return undefined;
  }

  #string(text: string): QuickJSHandle {
    return this.#held.manage(this.#context.newString(text));
  }

  #member(object: QuickJSHandle, name: string): QuickJSHandle {
    return this.#held.manage(this.#context.getProp(object, name));
  }

  #evaluate(code: string, file: string): ReturnType<QuickJSContext['evalCode']> {
    return this.#held.manage(this.#context.evalCode(code, file));
  }

  #call(
    what: QuickJSHandle | undefined,
    ...args: QuickJSHandle[]
  ): ReturnType<QuickJSContext['callFunction']> {
    const { undefined: nothing } = this.#context;
    return this.#held.manage(this.#context.callFunction(what ?? nothing, nothing, ...args));
  }

  /** A text that came as JSON, because a text as it is would end at its first NUL. */
  #text(handle: QuickJSHandle): string {
    return String(JSON.parse(this.#context.getString(handle)));
  }

  /** Runs what can run. */
  #goOn(): SandboxEnd | undefined {
    const context = this.#context;
    const ran = this.#held.manage(context.runtime.executePendingJobs());
    if (ran.error) return this.#thrown(ran.error);
    if (this.#result === undefined) return { how: 'stuck' };
    const state = context.getPromiseState(this.#result);
    switch (state.type) {
      case 'fulfilled':
        return this.#returned(this.#held.manage(state.value));
      case 'rejected':
        return this.#thrown(this.#held.manage(state.error));
      case 'pending':
        return this.#open > 0 ? undefined : { how: 'stuck' };
      default:
        return state satisfies never;
    }
  }

  #returned(value: QuickJSHandle): SandboxEnd {
    const context = this.#context;
    const encoded = this.#call(this.#encode, value);
    if (encoded.error) return this.#thrown(encoded.error);
    const length = context.getNumber(this.#member(encoded.value, 'length'));
    if (length > MAX_RESULT_BYTES) return { how: 'too-large', bytes: length };
    const text = context.getString(encoded.value);
    // An empty text means that there was no memory for another copy of it.
    if (text === '') return { how: 'memory' };
    const json = text.slice(1);
    if (text.startsWith('-')) return { how: 'not-json', message: json };
    const bytes = Buffer.byteLength(json);
    return bytes > MAX_RESULT_BYTES ? { how: 'too-large', bytes } : { how: 'returned', json };
  }

  #thrown(error: QuickJSHandle): SandboxEnd {
    if (this.#host.isStopped()) return { how: 'stopped' };
    if (this.#describe === undefined) return { how: 'memory' };
    const described = this.#call(this.#describe, error);
    const text = described.error ? '' : this.#context.getString(described.value);
    if (this.#host.isStopped()) return { how: 'stopped' };
    if (text === '') return { how: 'memory' };
    const { stack, name, message, call } = JSON.parse(text);
    if (name === 'InternalError' && message === 'out of memory') return { how: 'memory' };
    // Where there is no memory for an error, null is thrown.
    if (message === 'null' && name === undefined && this.#engine.wasFull()) return { how: 'memory' };
    return {
      how: 'threw',
      message: String(message),
      frames: framesOf(String(stack)),
      ...(typeof name === 'string' && { name }),
      ...(typeof call === 'number' && { call }),
    };
  }

  /** What goes wrong in the engine itself is an end like any other. */
  #guarded(work: () => SandboxEnd | undefined): SandboxEnd | undefined {
    try {
      return work();
    } catch (error) {
      this.#isSound = false;
      if (this.#host.isStopped()) return { how: 'stopped' };
      const message = error instanceof Error ? error.message : String(error);
      if (/memory|OOM|allocat/i.test(message)) return { how: 'memory' };
      const overflow = error instanceof RangeError && message.includes('call stack');
      return {
        how: 'threw',
        name: 'InternalError',
        message: overflow ? 'stack overflow' : `the engine gave up: ${message}`,
        frames: [],
      };
    }
  }
}
