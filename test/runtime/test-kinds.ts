/** A step kind for tests: counts its effects, and fails, waits or hangs as its fields say. */
import { Type } from '@sinclair/typebox';
import { StepFailure } from '../../src/kernel/failure.ts';
import type { Json } from '../../src/kernel/json.ts';
import { defineStep, type StepContext, type StepKind } from '../../src/steps/define.ts';

export interface Effect {
  runId: string;
  path: string;
  attempt: number;
  /** `begin`, then how the executor ended. */
  what: 'begin' | 'end' | 'fail' | 'abort';
  value: Json;
}

/** What the steps of a test did to the world; outlives every project that is opened on it. */
export class Effects {
  readonly log: Effect[] = [];
  /** Steps running now, and the most there were. */
  running = 0;
  mostRunning = 0;
  readonly #gates = new Map<string, { promise: Promise<void>; open: () => void }>();

  /** `path` of every effect that was begun, in order. */
  get begun(): string[] {
    return this.log.filter(({ what }) => what === 'begin').map(({ path }) => path);
  }

  /** How often an effect of this path was begun. */
  count(path: string): number {
    return this.begun.filter((each) => each === path).length;
  }

  /** Lets everyone through who waits, or will wait, for this gate. */
  open(name: string): void {
    this.#gate(name).open();
  }

  passed(name: string): Promise<void> {
    return this.#gate(name).promise;
  }

  #gate(name: string): { promise: Promise<void>; open: () => void } {
    const known = this.#gates.get(name);
    if (known !== undefined) return known;
    let open = (): void => {};
    const promise = new Promise<void>((resolve) => {
      open = resolve;
    });
    const gate = { promise, open };
    this.#gates.set(name, gate);
    return gate;
  }
}

const schema = Type.Object(
  {
    value: Type.Optional(Type.Unknown({ description: 'The output.' })),
    fail: Type.Optional(
      Type.Union([Type.Boolean(), Type.Integer()], { description: 'Always, or so many first attempts.' }),
    ),
    code: Type.Optional(Type.String({ description: 'Of the failure.' })),
    retryable: Type.Optional(Type.Boolean({ description: 'Whether the failure says so.' })),
    ms: Type.Optional(Type.Number({ description: 'How long it takes on the clock.' })),
    gate: Type.Optional(Type.String({ description: 'Waits until the test opens it.' })),
    hang: Type.Optional(Type.Boolean({ description: 'Ends only when aborted.' })),
    print: Type.Optional(Type.String({ description: 'Reported as output.' })),
    stubborn: Type.Optional(Type.Boolean({ description: 'Finishes in spite of an abort.' })),
    lingerMs: Type.Optional(Type.Number({ description: 'Once aborted, takes so long to end.' })),
    lingers: Type.Optional(Type.String({ description: 'Once aborted, ends when the test opens this gate.' })),
  },
  { additionalProperties: false },
);

export function effectKind(effects: Effects): StepKind {
  return defineStep({
    kind: 'effect',
    summary: 'Has an effect a test can count.',
    schema,
    run: async (fields, ctx) => {
      const value = (fields.value ?? null) as Json;
      const log = (what: Effect['what']): void => {
        effects.log.push({ runId: ctx.runId, path: ctx.path, attempt: ctx.attempt, what, value });
      };
      log('begin');
      effects.mostRunning = Math.max(effects.mostRunning, ++effects.running);
      if (fields.print !== undefined) ctx.log.output('stdout', Buffer.from(fields.print));
      try {
        await wait(fields, effects, ctx);
      } catch (error) {
        log('abort');
        throw error;
      } finally {
        effects.running--;
      }
      const fails = fields.fail === true || (typeof fields.fail === 'number' && ctx.attempt <= fields.fail);
      log(fails ? 'fail' : 'end');
      if (fails) {
        throw new StepFailure(fields.code ?? 'BROKEN', `attempt ${ctx.attempt} of ${ctx.path} broke`, {
          retryable: fields.retryable ?? true,
        });
      }
      return { output: value, raw: { stdout: String(value), exitCode: 0 } };
    },
  }) as unknown as StepKind;
}

interface Waiting {
  ms?: number;
  gate?: string;
  hang?: boolean;
  stubborn?: boolean;
  lingers?: string;
  lingerMs?: number;
}

function wait(
  { ms, gate, hang, stubborn, lingers, lingerMs }: Waiting,
  effects: Effects,
  ctx: StepContext,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let cancelTimer = (): void => {};
    const abort = (): void => {
      cancelTimer();
      if (stubborn === true) resolve();
      else if (lingerMs !== undefined)
        ctx.clock.after(lingerMs, () => reject(new StepFailure('ABORTED', 'ended at last')));
      else if (lingers !== undefined)
        void effects.passed(lingers).then(() => reject(new StepFailure('ABORTED', 'ended at last')));
      else reject(new StepFailure('ABORTED', 'was told to end'));
    };
    if (ctx.signal.aborted) return abort();
    ctx.signal.addEventListener('abort', abort, { once: true });
    if (hang === true) return undefined;
    if (gate !== undefined) return void effects.passed(gate).then(resolve);
    if (ms === undefined) return resolve();
    cancelTimer = ctx.clock.after(ms, resolve);
    return undefined;
  });
}
