/** Tree → statechart: states are written bottom-up without recursion, each into the machine the layout put it in. */
import type { BlockName, Plan } from '../plan.ts';
import { isSoftJoin } from '../shape/soft-join.ts';
import { type LeafShape, type PrimeShape, type ShapeTree, shapeOf } from '../shape/tree.ts';
import { type BodyOptions, bodyMachine } from './body.ts';
import type { EmittedBody, EmittedFleet, FleetMember, StateNodeJson } from './emitted.ts';
import { type Layout, layOut, type MachineKey, membersOf } from './layout.ts';
import { leafState } from './leaf.ts';
import { fleetState, forkState, type Keyed, laneState } from './structure.ts';

/**
 * The statechart of one block of a plan. A block without steps completes at once.
 * @throws {Error} When the needs hold a cycle or an unknown id; a checked plan has neither.
 */
export function emitBlock(plan: Plan, block: BlockName): EmittedBody {
  const root = shapeOf(plan.blocks[block]);
  const id = block === 'steps' ? plan.name : `${plan.name}.${block}`;
  const description = (block === 'steps' ? plan.description : undefined) ?? `The ${block} of ${plan.name}`;
  if (root === undefined) {
    return { machine: bodyMachine([], { id, description, nested: false }), fleets: [], watchesLedger: false };
  }
  return new Emitter(root, id, block === 'steps' ? '' : `${block}/`).emit(description);
}

class Emitter {
  readonly #root: ShapeTree;
  readonly #id: string;
  /** Of ledger paths. */
  readonly #prefix: string;
  readonly #layout: Layout;
  readonly #machineOfStep: ReadonlyMap<string, MachineKey>;
  /** What each written node puts into its parent: itself, or its children when it is a sequence at the top of a machine. */
  readonly #written = new Map<ShapeTree, readonly Keyed[]>();
  readonly #fleets = new Map<MachineKey, EmittedFleet[]>();
  /** Machines with a leaf that waits for a step of another machine. */
  readonly #watching = new Set<MachineKey>();

  constructor(root: ShapeTree, id: string, prefix: string) {
    this.#root = root;
    this.#id = id;
    this.#prefix = prefix;
    this.#layout = layOut(root);
    this.#machineOfStep = stepMachines(this.#layout);
  }

  emit(description: string): EmittedBody {
    for (const node of this.#layout.nodes.toReversed()) this.#written.set(node, this.#write(node));
    return this.#body(undefined, this.#written.get(this.#root)!, {
      id: this.#id,
      description,
      nested: false,
    });
  }

  #write(node: ShapeTree): readonly Keyed[] {
    if (node.kind === 'leaf') return this.#isPlainMember(node) ? [] : [this.#leaf(node, [])];
    const key = this.#layout.keys.get(node);
    if (key === undefined) return this.#children(node);
    const fleet = this.#layout.fleets.get(node);
    if (fleet !== undefined) return [{ key, state: this.#fleet(node, fleet) }];
    if (node.kind === 'prime') return [{ key, state: this.#prime(node) }];
    const children = this.#children(node);
    return [{ key, state: node.kind === 'sequence' ? laneState(children) : forkState(children, 'parallel') }];
  }

  #children(node: ShapeTree): readonly Keyed[] {
    return membersOf(node).flatMap((child) => this.#written.get(child)!);
  }

  #isPlainMember(leaf: LeafShape): boolean {
    const machine = this.#layout.machineOf.get(leaf);
    return machine !== undefined && this.#layout.fleets.has(machine);
  }

  #leaf(leaf: LeafShape, waitsFor: readonly string[]): Keyed {
    const { step } = leaf;
    const watched = isSoftJoin(step) ? [...waitsFor, ...step.needs] : waitsFor;
    const machine = this.#layout.machineOf.get(leaf);
    if (watched.some((id) => this.#machineOfStep.get(id) !== machine)) this.#watching.add(machine);
    const paths = waitsFor.map((id) => this.#prefix + id);
    return { key: step.id, state: leafState(step, this.#prefix + step.id, paths) };
  }

  #prime(prime: PrimeShape): StateNodeJson {
    const regions = prime.lanes.map((lane) => {
      const leaves = lane.map((leaf, index) => {
        const before = lane[index - 1]?.step.id;
        return this.#leaf(
          leaf,
          prime.needs.get(leaf.step.id)!.filter((need) => need !== before),
        );
      });
      return leaves.length === 1
        ? leaves[0]!
        : { key: this.#layout.keys.get(lane)!, state: laneState(leaves) };
    });
    return forkState(regions, 'prime');
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
    const needs =
      fleet.kind === 'prime' && member.kind === 'leaf' ? [...fleet.needs.get(member.step.id)!] : [];
    const key = this.#layout.branches.get(member);
    if (key === undefined) return { key: this.#layout.keys.get(member)!, needs };
    const children = member.kind === 'leaf' ? [this.#leaf(member, [])] : this.#written.get(member)!;
    return {
      key,
      needs,
      body: this.#body(member, children, {
        id: `${this.#id}.${key}`,
        description: `Branch ${key} of ${this.#id}`,
        nested: true,
      }),
    };
  }

  #body(machine: MachineKey, children: readonly Keyed[], options: BodyOptions): EmittedBody {
    return {
      machine: bodyMachine(children, options),
      // Written backwards, because children come before their parents.
      fleets: (this.#fleets.get(machine) ?? []).toReversed(),
      watchesLedger: this.#watching.has(machine),
    };
  }
}

function stepMachines({ nodes, machineOf }: Layout): Map<string, MachineKey> {
  const machines = new Map<string, MachineKey>();
  for (const node of nodes) {
    const leaves = node.kind === 'leaf' ? [node] : node.kind === 'prime' ? node.leaves : [];
    for (const leaf of leaves) machines.set(leaf.step.id, machineOf.get(leaf));
  }
  return machines;
}
