/** Tree → statechart: states are written bottom-up without recursion, each into the machine the layout put it in. */
import type { BlockName, Plan } from '../plan.ts';
import { isSoftJoin } from '../shape/soft-join.ts';
import { type LeafShape, lastSteps, type PrimeShape, type ShapeTree, shapeOf } from '../shape/tree.ts';
import { type BodyOptions, bodyMachine } from './body.ts';
import {
  type EmittedBody,
  type EmittedFleet,
  type EmittedSegment,
  type FleetMember,
  SEGMENT_STEPS,
  type StateNodeJson,
} from './emitted.ts';
import { type Layout, layOut, type MachineKey, membersOf } from './layout.ts';
import { leafState } from './leaf.ts';
import { fleetState, forkState, gateState, type Keyed, laneState, segmentState } from './structure.ts';

export interface EmitOptions {
  /** Steps after which a long sequence goes on in the next segment; 100 unless given. A run must be resumed with what it began with. */
  segmentSteps?: number;
}

/**
 * The statechart of one block of a plan. A block without steps completes at once.
 * @throws {Error} When the needs hold a cycle or an unknown id; a checked plan has neither.
 */
export function emitBlock(
  plan: Plan,
  block: BlockName,
  { segmentSteps = SEGMENT_STEPS }: EmitOptions = {},
): EmittedBody {
  const root = shapeOf(plan.blocks[block]);
  const id = block === 'steps' ? plan.name : `${plan.name}.${block}`;
  const description = (block === 'steps' ? plan.description : undefined) ?? `The ${block} of ${plan.name}`;
  if (root === undefined) {
    const machine = bodyMachine([], { id, description });
    return { machine, fleets: [], segments: [], watchesLedger: false };
  }
  return new Emitter(layOut(root, segmentSteps), id, block === 'steps' ? '' : `${block}/`).emit(description);
}

class Emitter {
  readonly #id: string;
  /** Of ledger paths. */
  readonly #prefix: string;
  readonly #layout: Layout;
  readonly #machineOfStep: ReadonlyMap<string, MachineKey>;
  /** What each written node puts into its parent: itself, or its children when it has no state of its own. */
  readonly #written = new Map<ShapeTree, readonly Keyed[]>();
  readonly #fleets = new Map<MachineKey, EmittedFleet[]>();
  readonly #segments = new Map<MachineKey, EmittedSegment[]>();
  /** Machines with a soft join on a step of another machine. Other waits are for parts whose end reaches the machine anyway. */
  readonly #watching = new Set<MachineKey>();

  constructor(layout: Layout, id: string, prefix: string) {
    this.#id = id;
    this.#prefix = prefix;
    this.#layout = layout;
    this.#machineOfStep = stepMachines(layout);
  }

  emit(description: string): EmittedBody {
    const again = new Set(this.#layout.waysBack.values());
    for (const node of this.#layout.nodes.toReversed()) {
      const written = this.#write(node);
      this.#written.set(node, again.has(node) ? this.#named(node, written) : written);
    }
    return this.#body(undefined, this.#written.get(this.#layout.nodes[0]!)!, {
      id: this.#id,
      description,
    });
  }

  /** A state that steps send the run back to has an id, by which transitions from deep inside later states find it. */
  #named(node: ShapeTree, [first, ...rest]: readonly Keyed[]): readonly Keyed[] {
    if (first === undefined) return rest;
    return [{ key: first.key, state: { id: this.#wayBack(node), ...first.state } }, ...rest];
  }

  #wayBack(node: ShapeTree): string {
    return `again-${this.#layout.keys.get(node) ?? 'start'}`;
  }

  #write(node: ShapeTree): readonly Keyed[] {
    if (node.kind === 'leaf') return this.#isPlainMember(node) ? [] : [this.#leaf(node, [])];
    const key = this.#layout.keys.get(node);
    const fleet = this.#layout.fleets.get(node);
    if (key !== undefined && fleet !== undefined) return [{ key, state: this.#fleet(node, fleet) }];
    const states =
      node.kind === 'prime'
        ? node.lanes.map((lane) => this.#lane(node, lane))
        : this.#inOrder(node, node.children);
    if (key === undefined) return states;
    return [{ key, state: node.kind === 'sequence' ? laneState(states) : forkState(states, node.kind) }];
  }

  #inOrder(sequence: ShapeTree, children: readonly ShapeTree[]): readonly Keyed[] {
    const cut = this.#layout.cuts.get(sequence);
    if (cut === undefined) return this.#all(children);
    const segments: EmittedSegment[] = [];
    const states = cut.flatMap((stretch) => {
      const parts = this.#all(stretch);
      const name = this.#layout.keys.get(stretch);
      if (name === undefined) return parts;
      const id = `${this.#id}.${name}`;
      const description = `Part of a long sequence of ${this.#id}`;
      segments.push({ name, body: this.#body(stretch, parts, { id, description }) });
      return [{ key: name, state: segmentState(name, parts) }];
    });
    const machine = this.#layout.machineOf.get(sequence);
    // Later sequences are written first.
    this.#segments.set(machine, [...segments, ...(this.#segments.get(machine) ?? [])]);
    return states;
  }

  #all(nodes: readonly ShapeTree[]): readonly Keyed[] {
    return nodes.flatMap((node) => this.#written.get(node)!);
  }

  #isPlainMember(leaf: LeafShape): boolean {
    const machine = this.#layout.machineOf.get(leaf);
    return machine !== undefined && this.#layout.fleets.has(machine);
  }

  #leaf(leaf: LeafShape, waitsFor: readonly string[]): Keyed {
    const { step } = leaf;
    const back = this.#layout.waysBack.get(step.id);
    const machine = this.#layout.machineOf.get(leaf);
    if (isSoftJoin(step) && step.needs.some((id) => this.#machineOfStep.get(id) !== machine)) {
      this.#watching.add(machine);
    }
    return {
      key: step.id,
      state: leafState(step, this.#prefix + step.id, this.#paths(waitsFor), back && this.#wayBack(back)),
    };
  }

  #paths(ids: readonly string[]): string[] {
    return ids.map((id) => this.#prefix + id);
  }

  #lane(prime: PrimeShape, lane: readonly ShapeTree[]): Keyed {
    const states = lane.flatMap((part, index) => {
      const waits = prime.needs.get(part)!.filter((need) => need !== lane[index - 1]);
      return this.#waiting(part, waits.flatMap(lastSteps));
    });
    if (states.length === 1) return states[0]!;
    return { key: this.#layout.keys.get(lane)!, state: laneState(states) };
  }

  /** A part of a lane that first waits for steps of other lanes: in its first step, or at a gate when it begins with more than that. */
  #waiting(part: ShapeTree, ids: readonly string[]): readonly Keyed[] {
    const written = this.#written.get(part)!;
    if (ids.length === 0) return written;
    const first = part.kind === 'sequence' ? part.children[0]! : part;
    const next = written[0]!.key;
    if (first.kind === 'leaf' && first.step.id === next) return [this.#leaf(first, ids), ...written.slice(1)];
    return [{ key: `gate-${next}`, state: gateState(this.#paths(ids), next) }, ...written];
  }

  #fleet(node: ShapeTree, name: string): StateNodeJson {
    const members = membersOf(node).map((member) => this.#member(node, member));
    const machine = this.#layout.machineOf.get(node);
    const fleets = this.#fleets.get(machine);
    if (fleets === undefined) this.#fleets.set(machine, [{ name, members }]);
    else fleets.push({ name, members });
    return fleetState(
      name,
      members.map((member) => member.key),
    );
  }

  #member(fleet: ShapeTree, member: ShapeTree): FleetMember {
    const needs = fleet.kind === 'prime' ? fleet.needs.get(member)!.map((need) => this.#memberKey(need)) : [];
    const key = this.#memberKey(member);
    if (!this.#layout.branches.has(member)) return { key, needs };
    const children = this.#written.get(member)!;
    return {
      key,
      needs,
      body: this.#body(member, children, {
        id: `${this.#id}.${key}`,
        description: `Branch ${key} of ${this.#id}`,
      }),
    };
  }

  #memberKey(member: ShapeTree): string {
    return this.#layout.branches.get(member) ?? this.#layout.keys.get(member)!;
  }

  #body(machine: MachineKey, children: readonly Keyed[], options: BodyOptions): EmittedBody {
    return {
      machine: bodyMachine(children, options),
      // Written backwards, because children come before their parents.
      fleets: (this.#fleets.get(machine) ?? []).toReversed(),
      segments: this.#segments.get(machine) ?? [],
      watchesLedger: this.#watching.has(machine),
    };
  }
}

function stepMachines({ nodes, machineOf }: Layout): Map<string, MachineKey> {
  return new Map(
    nodes.flatMap((node) => (node.kind === 'leaf' ? [[node.step.id, machineOf.get(node)]] : [])),
  );
}
