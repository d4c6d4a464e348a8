/** One run as a script tells it: which steps fail, what ends first. As the engine would, in simulated order, without time. */
import { type BlockGraph, dispensableFor, isQuorum, type StepNode } from './block-graph.ts';
import type { Fate } from './fate.ts';
import { type GateView, isDecided, type Mode, scopeOf, verdictsOf } from './gate-model.ts';
import { partialEvaluate } from './partial-evaluate.ts';
import { keepsOutput } from './possible-ends.ts';
import type { World } from './worlds.ts';

/** What departs from "everything succeeds, in the order of the file". */
export interface Script {
  world: World;
  /** Ends of steps that begin, by id. */
  ends: ReadonlyMap<string, 'failed' | 'skipped'>;
  /** Steps whose condition, where it is not known, is taken as false. */
  unmet: ReadonlySet<string>;
  /** Joins whose time-out comes before any need that still runs ends. */
  timedOut: ReadonlySet<string>;
  /** Steps that begin and do not end. */
  pending: ReadonlySet<string>;
  order: Order;
}

export interface Order {
  /** Which of the running steps end first. */
  ends: 'deviants-first' | 'deviants-last';
  /** What comes at the same moment, joins that end others or what they end. */
  ties: 'joins-first' | 'joins-last';
}

export interface TraceEvent {
  step: string;
  ends: Fate;
  why?: string;
}

/** What of a run can be asked while it is searched for. */
export interface SeenBlock {
  ends: Pick<ReadonlyMap<string, Fate>, 'get' | 'has'>;
  /** Steps that began. */
  begun: Pick<ReadonlySet<string>, 'has'>;
  /** Steps whose failure failed the run, in order. */
  failures: readonly string[];
}

export interface BlockRun extends SeenBlock {
  ends: ReadonlyMap<string, Fate>;
  /** Steps that began, in order. */
  begun: ReadonlySet<string>;
  events: TraceEvent[];
  failures: string[];
  /** Conditions that were taken as true or false without being known. */
  assumed: { step: string; met: boolean }[];
}

export interface Part {
  /** Indexes of the steps that take part, with all they need; the others are still running when it is over. */
  only?: readonly number[];
  /** Ends of all steps that do not take part, which have settled before. Without it they never settle. */
  before?: SeenBlock['ends'];
  /** Fates of the main steps, for other blocks. */
  main?: { graph: BlockGraph; ends: SeenBlock['ends'] };
}

export function simulate(graph: BlockGraph, script: Script, part: Part = {}): BlockRun {
  return new Simulation(graph, script, part).run();
}

class Simulation {
  readonly #ends = new Map<string, Fate>();
  readonly #begun = new Set<string>();
  readonly #events: TraceEvent[] = [];
  readonly #failures: string[] = [];
  readonly #assumed: BlockRun['assumed'] = [];
  readonly #running = new Set<StepNode>();
  /** Those of the running steps that end as scripted, and the others; canceled ones stay in until their turn. */
  readonly #queues = { deviant: new Queue(), plain: new Queue() };
  readonly #unwanted = new Set<number>();
  readonly #members: ReadonlySet<number> | undefined;
  readonly #openNeeds: number[];
  readonly #view: GateView & { mode: Mode; unwanted: boolean };
  #ready: StepNode[] = [];

  constructor(
    private readonly graph: BlockGraph,
    private readonly script: Script,
    { only, before, main }: Part,
  ) {
    const members = only && new Set(only);
    this.#members = members;
    const isOpen = (need: number): boolean => before === undefined || members?.has(need) !== false;
    const ends = this.#ends;
    this.#view = {
      graph,
      world: script.world,
      mode: 'open',
      unwanted: false,
      fateOf: (id) => {
        const node = graph.byId.get(id);
        if (node === undefined) return main?.ends.get(id);
        return ends.get(id) ?? (before && members?.has(node.index) === false ? before.get(id) : undefined);
      },
      keepsOutput: (id) => keepsOutput(id, graph, main?.graph),
    };
    const nodes = only === undefined ? graph.nodes : only.map((index) => graph.nodes[index]!);
    this.#openNeeds = [];
    for (const { index, needs } of nodes) this.#openNeeds[index] = count(needs, isOpen);
    this.#ready = nodes.filter(
      (node) => this.#openNeeds[node.index] === 0 || (node.soft && this.#isDecided(node)),
    );
  }

  run(): BlockRun {
    for (;;) {
      while (this.#ready.length > 0) {
        const batch = this.#ready;
        this.#ready = [];
        const racing = batch.filter(endsOthers);
        const others = racing.length === 0 ? batch : batch.filter((node) => !endsOthers(node));
        const isLate = this.script.order.ties === 'joins-last';
        for (const node of isLate ? others : [...racing, ...others]) this.#begin(node, false);
        if (isLate && this.#ready.length > 0) this.#ready.push(...racing);
        else if (isLate) for (const node of racing) this.#begin(node, false);
      }
      if (this.#running.size === 0) break;
      if (!this.#expireJoins() && !this.#endOne()) break;
    }
    return {
      ends: this.#ends,
      begun: this.#begun,
      events: this.#events,
      failures: this.#failures,
      assumed: this.#assumed,
    };
  }

  #takesPart(index: number): boolean {
    return this.#members === undefined || this.#members.has(index);
  }

  #fates(node: StepNode): (Fate | undefined)[] {
    return node.needs.map((need) => this.#view.fateOf(this.graph.nodes[need]!.id));
  }

  #isDecided(node: StepNode): boolean {
    return this.#view.mode === 'canceled' || isDecided(node, this.#fates(node));
  }

  #isOpen = (index: number): boolean =>
    !this.#unwanted.has(index) && this.#view.fateOf(this.graph.nodes[index]!.id) === undefined;

  #begin(node: StepNode, timedOut: boolean): void {
    if (this.#ends.has(node.id) || this.#begun.has(node.id)) return;
    if (node.soft && !timedOut && !this.#isDecided(node)) return;
    this.#view.unwanted = this.#unwanted.has(node.index);
    if (this.#beginsPlainly(node)) {
      this.#admit(node, true, undefined);
      return;
    }
    const verdicts = verdictsOf(node, this.#view);
    const unmet = verdicts.open && this.script.unmet.has(node.id);
    if (verdicts.open) this.#assumed.push({ step: node.id, met: !unmet });
    const skipped = verdicts.settles.find(({ as }) => as === 'skipped');
    const end = unmet && skipped !== undefined ? skipped : verdicts.settles[0];
    if (end === skipped && unmet) this.#settle(node, 'skipped', end?.why);
    else this.#admit(node, verdicts.begins === true, end);
  }

  /** The usual case, without asking further: no condition, and all it needs has succeeded. */
  #beginsPlainly({ condition, join, needs }: StepNode): boolean {
    const { mode, unwanted, fateOf, graph } = this.#view;
    if (condition !== undefined || join !== undefined || unwanted === true || mode !== 'open') return false;
    return needs.every((need) => fateOf(graph.nodes[need]!.id) === 'success');
  }

  #admit(node: StepNode, begins: boolean, end: { as: Fate; why: string } | undefined): void {
    if (begins) this.#begun.add(node.id);
    if (begins && node.join === undefined) {
      this.#running.add(node);
      if (!this.script.pending.has(node.id))
        this.#queues[this.script.ends.has(node.id) ? 'deviant' : 'plain'].push(node);
    } else this.#settle(node, end?.as ?? (begins ? 'success' : 'skipped'), end?.why);
  }

  /** @returns whether a join ran out of time. */
  #expireJoins(): boolean {
    for (const id of this.script.timedOut) {
      const node = this.graph.byId.get(id);
      if (node === undefined || !this.#takesPart(node.index) || this.#ends.has(id)) continue;
      if (!node.needs.some((need) => this.#running.has(this.graph.nodes[need]!))) continue;
      this.#begin(node, true);
      return true;
    }
    return false;
  }

  /** @returns whether one of the running steps has ended. */
  #endOne(): boolean {
    const { deviant, plain } = this.#queues;
    const [first, second] = this.script.order.ends === 'deviants-first' ? [deviant, plain] : [plain, deviant];
    const node = first.take(this.#running) ?? second.take(this.#running);
    if (node === undefined) return false;
    this.#running.delete(node);
    const scripted = this.script.ends.get(node.id);
    const missing = this.#missingRead(node);
    if (missing !== undefined) this.#settle(node, failureOf(node), `it reads ${missing}, which is null`);
    else if (scripted === 'failed') this.#settle(node, failureOf(node), 'it fails');
    else if (scripted === 'skipped') this.#settle(node, 'skipped', 'its time is over (onTimeout: skip)');
    else this.#settle(node, 'success', undefined);
    return true;
  }

  /** What one of its fields reads that is certainly not there, so that the attempt cannot begin its work. */
  #missingRead(node: StepNode): string | undefined {
    const view = this.#view;
    for (const { root, reads } of node.sites) {
      if (reads.every((id) => view.fateOf(id) === 'success')) continue;
      const { throws } = partialEvaluate(root, scopeOf(view, this.#fates(node)));
      if (throws !== undefined) return throws.path;
    }
    return undefined;
  }

  #settle(node: StepNode, ends: Fate, why: string | undefined): void {
    this.#ends.set(node.id, ends);
    this.#events.push({ step: node.id, ends, ...(why !== undefined && { why }) });
    if ((ends === 'success' || ends === 'allowed') && node.join?.cancelRest === true) this.#dispense(node);
    if (ends === 'failed') this.#countFailure(node);
    if (ends === 'skipped' && isQuorum(node)) this.#countFailuresBefore(node);
    for (const index of node.dependents) {
      const dependent = this.graph.nodes[index]!;
      if (!this.#takesPart(index)) continue;
      const open = --this.#openNeeds[index]!;
      if (open === 0 || dependent.soft) this.#ready.push(dependent);
    }
  }

  /** Of a join that was skipped: its branches that had failed, which nobody judges now. */
  #countFailuresBefore({ needs }: StepNode): void {
    for (const need of needs) {
      const node = this.graph.nodes[need]!;
      if (this.#view.fateOf(node.id) === 'failed') this.#countFailure(node);
    }
  }

  #countFailure({ id, judges }: StepNode): void {
    const isJudged = (judge: number): boolean => this.#view.fateOf(this.graph.nodes[judge]!.id) !== 'skipped';
    if (judges.some(isJudged) || this.#failures.includes(id)) return;
    this.#failures.push(id);
    const { onFailure, nodes } = this.graph;
    if (onFailure === 'drain' && this.#view.mode === 'open') this.#view.mode = 'draining';
    if (onFailure !== 'cancel' || this.#view.mode === 'canceled') return;
    this.#view.mode = 'canceled';
    this.#cancelRunning(() => true, 'the run is failing');
    for (const each of nodes) if (each.soft && this.#takesPart(each.index)) this.#ready.push(each);
  }

  #dispense(join: StepNode): void {
    const rest = dispensableFor(this.graph.nodes, join, this.#isOpen);
    for (const index of rest) this.#unwanted.add(index);
    this.#cancelRunning(({ index }) => rest.has(index), `${join.id} does not wait for it any more`);
  }

  #cancelRunning(test: (node: StepNode) => boolean, why: string): void {
    for (const node of [...this.#running].filter(test)) {
      this.#running.delete(node);
      this.#settle(node, 'canceled', why);
    }
  }
}

const endsOthers = ({ soft, join }: StepNode): boolean => soft && join?.cancelRest === true;

const failureOf = ({ step }: StepNode): Fate => (step.allowFailure ? 'allowed' : 'failed');

function count<T>(items: readonly T[], test: (item: T) => boolean): number {
  let found = 0;
  for (const item of items) if (test(item)) found++;
  return found;
}

/** First in, first out. */
class Queue {
  readonly #nodes: StepNode[] = [];
  #head = 0;

  push(node: StepNode): void {
    this.#nodes.push(node);
  }

  /** The first one that still runs. */
  take(running: ReadonlySet<StepNode>): StepNode | undefined {
    while (this.#head < this.#nodes.length) {
      const node = this.#nodes[this.#head++]!;
      if (running.has(node)) return node;
    }
    return undefined;
  }
}
