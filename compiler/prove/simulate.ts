/** One run as a script tells it: which steps fail, what ends first. As the engine would, in simulated order, without time. */
import { type BlockGraph, dispensableFor, type StepNode } from './block-graph.ts';
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
  /** Which of the running steps end first. */
  order: 'deviants-first' | 'deviants-last';
}

export interface TraceEvent {
  step: string;
  ends: Fate;
  why?: string;
}

export interface BlockRun {
  ends: ReadonlyMap<string, Fate>;
  /** Steps that began, in order. */
  begun: ReadonlySet<string>;
  events: TraceEvent[];
  /** Steps whose failure failed the run, in order. */
  failures: string[];
  /** Conditions that were taken as true or false without being known. */
  assumed: { step: string; met: boolean }[];
}

/**
 * @param only indexes of the steps that take part, with all they need; the others are still running when it is over.
 * @param main fates of the main steps, for other blocks.
 */
export function simulate(
  graph: BlockGraph,
  script: Script,
  only: readonly number[] | undefined,
  main?: { graph: BlockGraph; ends: ReadonlyMap<string, Fate> },
): BlockRun {
  return new Simulation(graph, script, only, main).run();
}

class Simulation {
  readonly #ends = new Map<string, Fate>();
  readonly #begun = new Set<string>();
  readonly #events: TraceEvent[] = [];
  readonly #failures: string[] = [];
  readonly #assumed: BlockRun['assumed'] = [];
  readonly #running: StepNode[] = [];
  readonly #unwanted = new Set<number>();
  readonly #openNeeds: number[];
  readonly #takesPart: (index: number) => boolean;
  #ready: StepNode[] = [];
  #mode: Mode = 'open';

  constructor(
    private readonly graph: BlockGraph,
    private readonly script: Script,
    only: readonly number[] | undefined,
    private readonly main: { graph: BlockGraph; ends: ReadonlyMap<string, Fate> } | undefined,
  ) {
    const members = only === undefined ? undefined : new Set(only);
    this.#takesPart = (index) => members === undefined || members.has(index);
    this.#openNeeds = graph.nodes.map(({ needs }) => needs.length);
    const nodes = only === undefined ? graph.nodes : only.map((index) => graph.nodes[index]!);
    this.#ready = nodes.filter((node) => node.needs.length === 0 || (node.soft && this.#isDecided(node)));
  }

  run(): BlockRun {
    for (;;) {
      while (this.#ready.length > 0) {
        const batch = this.#ready;
        this.#ready = [];
        for (const node of batch) this.#begin(node, false);
      }
      if (this.#running.length === 0) break;
      if (!this.#expireJoins()) this.#endOne();
    }
    return {
      ends: this.#ends,
      begun: this.#begun,
      events: this.#events,
      failures: this.#failures,
      assumed: this.#assumed,
    };
  }

  #fates(node: StepNode): (Fate | undefined)[] {
    return node.needs.map((need) => this.#ends.get(this.graph.nodes[need]!.id));
  }

  #isDecided(node: StepNode): boolean {
    return this.#mode === 'canceled' || isDecided(node, this.#fates(node));
  }

  #isOpen = (index: number): boolean => !this.#ends.has(this.graph.nodes[index]!.id);

  #begin(node: StepNode, timedOut: boolean): void {
    if (this.#ends.has(node.id) || this.#begun.has(node.id)) return;
    if (node.soft && !timedOut && !this.#isDecided(node)) return;
    const verdicts = verdictsOf(node, { ...this.#scope(), unwanted: this.#unwanted.has(node.index) });
    const unmet = verdicts.open && this.script.unmet.has(node.id);
    if (verdicts.open) this.#assumed.push({ step: node.id, met: !unmet });
    const skipped = verdicts.settles.find(({ as }) => as === 'skipped');
    const end = unmet && skipped !== undefined ? skipped : verdicts.settles[0];
    if (end === skipped && unmet) this.#settle(node, 'skipped', end?.why);
    else this.#admit(node, verdicts.begins === true, end);
  }

  #admit(node: StepNode, begins: boolean, end: { as: Fate; why: string } | undefined): void {
    if (begins) this.#begun.add(node.id);
    if (begins && node.join === undefined) this.#running.push(node);
    else this.#settle(node, end?.as ?? (begins ? 'success' : 'skipped'), end?.why);
  }

  /** @returns whether a join ran out of time. */
  #expireJoins(): boolean {
    for (const id of this.script.timedOut) {
      const node = this.graph.byId.get(id);
      if (node === undefined || !this.#takesPart(node.index) || this.#ends.has(id)) continue;
      if (!node.needs.some((need) => this.#running.includes(this.graph.nodes[need]!))) continue;
      this.#begin(node, true);
      return true;
    }
    return false;
  }

  #endOne(): void {
    const isDeviant = (node: StepNode): boolean => this.script.ends.has(node.id);
    const first = this.script.order === 'deviants-first';
    const preferred = this.#running.findIndex((node) => isDeviant(node) === first);
    const [node] = this.#running.splice(Math.max(0, preferred), 1);
    if (node === undefined) return;
    const scripted = this.script.ends.get(node.id);
    const missing = this.#missingRead(node);
    if (missing !== undefined) this.#settle(node, failureOf(node), `it reads ${missing}, which is null`);
    else if (scripted === 'failed') this.#settle(node, failureOf(node), 'it fails');
    else if (scripted === 'skipped') this.#settle(node, 'skipped', 'its time is over (onTimeout: skip)');
    else this.#settle(node, 'success', undefined);
  }

  #scope(): GateView {
    return {
      graph: this.graph,
      world: this.script.world,
      mode: this.#mode,
      fateOf: (id) => this.#ends.get(id) ?? (this.graph.byId.has(id) ? undefined : this.main?.ends.get(id)),
      keepsOutput: (id) => keepsOutput(id, this.graph, this.main?.graph),
    };
  }

  /** What one of its fields reads that is certainly not there, so that the attempt cannot begin its work. */
  #missingRead(node: StepNode): string | undefined {
    const view = this.#scope();
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
    if (ends === 'success' && node.join?.cancelRest === true) this.#dispense(node);
    if (ends === 'failed' && !node.tolerated) this.#fail(node);
    for (const index of node.dependents) {
      const dependent = this.graph.nodes[index]!;
      const open = --this.#openNeeds[index]!;
      if (this.#takesPart(index) && (open === 0 || dependent.soft)) this.#ready.push(dependent);
    }
  }

  #fail(node: StepNode): void {
    this.#failures.push(node.id);
    const { onFailure, nodes } = this.graph;
    if (onFailure === 'drain' && this.#mode === 'open') this.#mode = 'draining';
    if (onFailure !== 'cancel' || this.#mode === 'canceled') return;
    this.#mode = 'canceled';
    this.#cancelRunning(() => true, 'the run is failing');
    for (const each of nodes) if (each.soft && this.#takesPart(each.index)) this.#ready.push(each);
  }

  #dispense(join: StepNode): void {
    const rest = dispensableFor(this.graph.nodes, join, this.#isOpen);
    for (const index of rest) this.#unwanted.add(index);
    this.#cancelRunning(({ index }) => rest.has(index), `${join.id} does not wait for it any more`);
  }

  #cancelRunning(test: (node: StepNode) => boolean, why: string): void {
    for (const node of this.#running.filter(test)) {
      this.#running.splice(this.#running.indexOf(node), 1);
      this.#settle(node, 'canceled', why);
    }
  }
}

const failureOf = ({ step }: StepNode): Fate => (step.allowFailure ? 'allowed' : 'failed');
