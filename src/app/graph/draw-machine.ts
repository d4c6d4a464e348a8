/** Draws any XState machine definition as a mermaid `stateDiagram-v2`: nested states, guards, invokes, history. For our own documentation. */
import {
  everyState,
  type MachineArrow,
  type MachineDefinition,
  type MachineState,
  readMachine,
} from './machine-states.ts';
import { MermaidIds, mermaidLabel } from './mermaid-text.ts';

/**
 * Every transition with a target is an arrow labelled `EVENT [guard]`; several between the same two states share one.
 * Invoked actors are named in the state (`running / attempt`), their `done` and `error` are arrows. Transitions without a
 * target only act, and are not drawn.
 * @param machine A machine config, such as `createMachine(…).config`; not changed.
 * @throws {Error} When a transition's target is no state of the machine.
 */
export function drawMachine(machine: MachineDefinition): string {
  const { root, arrows } = readMachine(machine);
  const drawing = new Drawing(arrows);
  drawing.inside(root, 1);
  return drawing.text();
}

class Drawing {
  readonly #ids = new MermaidIds();
  readonly #lines = ['stateDiagram-v2'];
  /** By the innermost state that holds both ends: an arrow written further in would move its ends there. */
  readonly #arrows = new Map<MachineState, MachineArrow[]>();

  constructor(arrows: readonly MachineArrow[]) {
    for (const arrow of arrows) {
      const holder = commonParent(arrow.from, arrow.to);
      const known = this.#arrows.get(holder);
      if (known === undefined) this.#arrows.set(holder, [arrow]);
      else known.push(arrow);
    }
  }

  text(): string {
    return `${this.#lines.join('\n')}\n`;
  }

  /** The children of a state, the way in, the ways out, and the arrows among all that is inside. */
  inside(state: MachineState, depth: number): void {
    const parallel = state.definition.type === 'parallel';
    state.children.forEach((child, index) => {
      if (parallel && index > 0) this.#line(depth, '--');
      this.#state(child, depth);
      if (parallel) this.#line(depth, `[*] --> ${this.#id(child)}`);
    });
    const initial = state.children.find((child) => child.key === state.definition.initial);
    if (initial !== undefined) this.#line(depth, `[*] --> ${this.#id(initial)}`);
    for (const { from, to, labels } of this.#arrows.get(state) ?? []) {
      const label = labels.filter((text) => text !== '').join(', ');
      this.#line(
        depth,
        `${this.#id(from)} --> ${this.#id(to)}${label === '' ? '' : ` : ${mermaidLabel(label)}`}`,
      );
    }
    for (const child of state.children) {
      if (child.definition.type === 'final') this.#line(depth, `${this.#id(child)} --> [*]`);
    }
  }

  #state(state: MachineState, depth: number): void {
    const head = `state "${mermaidLabel(labelOf(state))}" as ${this.#id(state)}`;
    if (state.children.length === 0) {
      this.#line(depth, head);
      return;
    }
    this.#line(depth, `${head} {`);
    this.inside(state, depth + 1);
    this.#line(depth, '}');
  }

  #id(state: MachineState): string {
    return this.#ids.of(state.path);
  }

  #line(depth: number, text: string): void {
    this.#lines.push('  '.repeat(depth) + text);
  }
}

function labelOf({ key, definition, invokes }: MachineState): string {
  if (definition.type === 'history') return definition.history === 'deep' ? 'H*' : 'H';
  return invokes.length === 0 ? key : `${key} / ${invokes.join(', ')}`;
}

/** The innermost state around both; a state is not inside itself. */
function commonParent(a: MachineState, b: MachineState): MachineState {
  const around = new Set<MachineState>();
  for (let at = a.parent; at !== undefined; at = at.parent) around.add(at);
  for (let at = b.parent; at !== undefined; at = at.parent) if (around.has(at)) return at;
  return a.parent ?? everyState(a)[0]!;
}
