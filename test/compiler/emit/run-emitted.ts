/** Runs emitted bodies in XState with steps that settle when the test says so, a few-line fleet, and a ledger that is poked only where the body asks for it. */
import {
  type ActorLogic,
  type AnyActorRef,
  type AnyEventObject,
  createActor,
  createMachine,
  type Snapshot,
} from 'xstate';
import type { EmittedBody, EmittedFleet, SettledStatus } from '../../../compiler/emit/emitted.ts';
import type { StepPlan } from '../../../compiler/plan.ts';

/** `input` and the final status ride on the snapshot. */
type Outcome = Snapshot<unknown> & { input: unknown };
type Logic = ActorLogic<Outcome, AnyEventObject, unknown>;

/** An actor that runs `onStart` once and is done when it is sent `DONE`. */
function untilDone(onStart: (input: unknown, self: AnyActorRef) => void): Logic {
  return {
    transition: ({ input, ...snapshot }, event) =>
      event.type === 'DONE'
        ? { status: 'done', output: { status: event.status }, error: undefined, input }
        : { ...snapshot, input },
    getInitialSnapshot: (_, input) => ({ status: 'active', output: undefined, error: undefined, input }),
    getPersistedSnapshot: (snapshot) => snapshot,
    start: (snapshot, { self }) => onStart(snapshot.input, self),
  };
}

export class EmittedRun {
  /** Paths in the order they began. */
  readonly began: string[] = [];
  readonly ledger = new Map<string, SettledStatus>();
  readonly armed: string[] = [];
  /** Machine and state of every state that was entered, those that were left at once included. */
  readonly entered = new Set<string>();
  readonly actor: AnyActorRef;
  readonly #running = new Map<string, AnyActorRef>();
  readonly #watchers = new Set<AnyActorRef>();
  readonly #joins: ReadonlyMap<string, StepPlan>;
  readonly #prefix: string;
  #onBegin: (path: string) => void;

  constructor(
    body: EmittedBody,
    steps: readonly StepPlan[],
    onBegin: (path: string) => void = () => {},
    prefix = '',
  ) {
    this.#prefix = prefix;
    this.#onBegin = onBegin;
    this.#joins = new Map(steps.filter((step) => step.join).map((step) => [prefix + step.id, step]));
    this.actor = this.#start(body, () => {});
  }

  get running(): string[] {
    return [...this.#running.keys()];
  }

  get done(): boolean {
    return this.actor.getSnapshot().status === 'done';
  }

  settle(path: string, status: SettledStatus): void {
    const step = this.#running.get(path);
    if (step === undefined) throw new Error(`${path} is not running`);
    this.#running.delete(path);
    this.ledger.set(path, status);
    step.send({ type: 'DONE', status });
    for (const watcher of this.#watchers) watcher.send({ type: 'ledger.changed' });
  }

  #start(body: EmittedBody, onDone: () => void): AnyActorRef {
    const machine = createMachine(body.machine as Parameters<typeof createMachine>[0]).provide({
      actors: {
        step: this.#step(),
        ...Object.fromEntries(body.fleets.map((fleet) => [fleet.name, this.#fleet(fleet)])),
        ...Object.fromEntries(body.segments.map(({ name, body }) => [name, this.#segment(body)])),
      },
      guards: {
        settledAs: ({ event }: { event: AnyEventObject }, params: unknown) =>
          event.output.status === (params as { status: string }).status,
        settled: (_: unknown, params: unknown) =>
          (params as { ids: string[] }).ids.every((id) => this.ledger.has(id)),
        joinMet: (_: unknown, params: unknown) => this.joinMet((params as { path: string }).path),
        joinTimer: (_: unknown, params: unknown) => this.armed.includes((params as { path: string }).path),
      },
      actions: {
        armJoin: (_: unknown, params: unknown) => void this.armed.push((params as { path: string }).path),
      },
    } as never);
    const actor = createActor(machine, {
      inspect: (event) => {
        if (event.type === '@xstate.microstep') this.#note(event.snapshot);
      },
    });
    this.#note(actor.getSnapshot());
    if (body.watchesLedger) this.#watchers.add(actor);
    actor.subscribe({
      complete: () => {
        this.#watchers.delete(actor);
        onDone();
      },
      error: (error) => {
        throw error;
      },
    });
    return actor.start();
  }

  #note(snapshot: object): void {
    const { _nodes = [] } = snapshot as { _nodes?: readonly { id: string }[] };
    for (const { id } of _nodes) this.entered.add(id);
  }

  #step(): Logic {
    return untilDone((input, self) => this.#begin((input as { path: string }).path, self));
  }

  #begin(path: string, self: AnyActorRef): void {
    this.began.push(path);
    this.#running.set(path, self);
    this.#onBegin(path);
  }

  #segment(body: EmittedBody): Logic {
    return untilDone((_, self) => void this.#start(body, () => self.send({ type: 'DONE' })));
  }

  #fleet(fleet: EmittedFleet): Logic {
    return untilDone((_, self) => {
      const settled = new Set<string>();
      const begun = new Set<string>();
      const fill = (): void => {
        for (const member of fleet.members) {
          if (begun.has(member.key) || !member.needs.every((key) => settled.has(key))) continue;
          begun.add(member.key);
          const finish = (): void => {
            settled.add(member.key);
            if (settled.size === fleet.members.length) self.send({ type: 'DONE' });
            else fill();
          };
          if (member.body) this.#start(member.body, finish);
          else this.#startMember(member.key, finish);
        }
      };
      fill();
    });
  }

  #startMember(key: string, finish: () => void): void {
    const actor = createActor(this.#step(), { input: { path: this.#prefix + key } });
    actor.subscribe({ complete: finish });
    actor.start();
  }

  joinMet(path: string): boolean {
    const { join, needs } = this.#joins.get(path)!;
    const settled = needs.filter((id) => this.ledger.has(this.#prefix + id)).length;
    switch (join!.condition.type) {
      case 'any':
        return settled > 0;
      case 'count':
        return settled >= join!.condition.count;
      case 'percent':
        return settled * 100 >= join!.condition.percent * needs.length;
      case 'all':
        return settled === needs.length;
    }
  }
}
