/**
 * Evaluates an expression of which only a part is known: how the steps it reads ended, and chosen values of some paths.
 * Everything else is unknown, and unknown is never guessed: an answer holds for all values of what is unknown.
 */
import { childrenOf, type Node, type NodeOf } from '../expr/ast.ts';
import { operate } from '../expr/operators.ts';
import { TRANSFORMS } from '../expr/transforms/index.ts';
import type { Fate } from './fate.ts';
import {
  isSameValue,
  known,
  type MissingRead,
  truthOf,
  UNKNOWN,
  type Value,
  writtenKeys,
} from './partial-value.ts';
import { valueOfField } from './step-field.ts';

export interface PartialScope {
  /** How a step ended; undefined when that is open. */
  fateOf(id: string): Fate | undefined;
  /** Chosen value of a written path such as `inputs.env`. */
  valueOf(path: string): Value | undefined;
  /** Whether a step's output is there whatever its end; true for joins. */
  keepsOutput(id: string): boolean;
  /** Fates of the direct needs, for `success()` and the like; undefined where open. */
  needs: readonly (Fate | undefined)[];
}

export interface PartialResult {
  value: Value;
  /** Evaluation certainly fails, because of this read. */
  throws?: MissingRead;
  /** For some values of what is unknown this read, which gives nothing, makes it fail or is its value. */
  mayMiss?: MissingRead;
  /** Evaluation may fail, depending on what is unknown. */
  mayThrow: boolean;
}

export function partialEvaluate(root: Node, scope: PartialScope): PartialResult {
  const evaluator = new PartialEvaluator(scope);
  try {
    const value = evaluator.value(root);
    const { mayThrow, mayMiss } = evaluator;
    return { value, mayThrow, ...(mayMiss && { mayMiss }) };
  } catch (error) {
    if (!(error instanceof CertainFailure)) throw error;
    return { value: UNKNOWN, mayThrow: true, ...(error.read && { throws: error.read }) };
  }
}

class CertainFailure extends Error {
  constructor(readonly read: MissingRead | undefined) {
    super('the expression cannot be evaluated');
  }
}

class PartialEvaluator {
  mayThrow = false;
  mayMiss: MissingRead | undefined = undefined;
  /** Inside a part that is evaluated only for some values of what is unknown. */
  #uncertain = 0;
  /** In arguments of `default` and `coalesce`, where what is missing is null. */
  #tolerant = false;

  constructor(private readonly scope: PartialScope) {}

  value(node: Node): Value {
    switch (node.kind) {
      case 'literal':
        return known(node.value);
      case 'name':
      case 'member':
      case 'index':
        return this.#path(node);
      case 'list':
      case 'record':
        return this.#composed(node);
      case 'unary':
        return this.#unary(node);
      case 'binary':
        return this.#binary(node);
      case 'ternary':
        return this.#ternary(node);
      case 'call':
        return this.#call(node);
      default:
        return this.#opaque(node);
    }
  }

  /** Looks at every part for what certainly fails; the value stays unknown. */
  #opaque(node: Node): Value {
    if (node.kind !== 'filter' && node.kind !== 'relative')
      for (const child of childrenOf(node)) this.value(child);
    else if (node.kind === 'filter') this.value(node.list);
    this.mayThrow = true;
    return UNKNOWN;
  }

  #fail(read: MissingRead | undefined): Value {
    this.mayThrow = true;
    if (this.#uncertain === 0) throw new CertainFailure(read);
    this.mayMiss ??= read;
    return UNKNOWN;
  }

  #path(node: NodeOf<'name'> | NodeOf<'member'> | NodeOf<'index'>): Value {
    const keys = writtenKeys(node);
    if (keys === undefined) return this.#computedPath(node);
    const chosen = this.scope.valueOf(keys.join('.'));
    const [root, ...rest] = keys;
    if (root === 'steps') return this.#step(rest, chosen);
    if (chosen !== undefined) return chosen;
    if (rest.length > 1 || (root !== 'inputs' && rest.length > 0)) this.mayThrow = true;
    return UNKNOWN;
  }

  /** `steps.x.output[inputs.key]` and the like: the readable part decides whether there is anything to read from. */
  #computedPath(node: NodeOf<'name'> | NodeOf<'member'> | NodeOf<'index'>): Value {
    if (node.kind === 'name') return UNKNOWN;
    const object = this.value(node.object);
    if (node.kind === 'index') this.value(node.key);
    return this.#below(object);
  }

  #below(object: Value): Value {
    if (object.kind !== 'known' || object.value !== null) {
      this.mayThrow = true;
      return UNKNOWN;
    }
    if (this.#tolerant) return object;
    return this.#fail(object.missing);
  }

  #step([id, field, ...deeper]: readonly (string | number)[], chosen: Value | undefined): Value {
    const fate = typeof id === 'string' ? this.scope.fateOf(id) : undefined;
    if (typeof id !== 'string' || field === undefined || fate === undefined) {
      if (deeper.length > 0) this.mayThrow = true;
      return UNKNOWN;
    }
    let value = valueOfField(this.scope, { id, field: String(field), fate });
    if (value.kind === 'unknown' && fate === 'success' && chosen !== undefined) return chosen;
    for (const _ of deeper) value = this.#below(value);
    return value;
  }

  #composed(node: NodeOf<'list'> | NodeOf<'record'>): Value {
    const values = childrenOf(node).map((child) => this.value(child));
    if (node.kind === 'record') return UNKNOWN;
    const plain = values.map((value) => (value.kind === 'known' ? value.value : undefined));
    return values.every(({ kind }) => kind === 'known') ? known(plain) : UNKNOWN;
  }

  #unary(node: NodeOf<'unary'>): Value {
    const operand = this.value(node.operand);
    if (node.operator === '!') {
      const truth = truthOf(operand);
      return truth === undefined ? UNKNOWN : known(!truth);
    }
    return operand.kind === 'known'
      ? this.#computed(() => operate('-', 0, operand.value, METER))
      : this.#may();
  }

  #binary(node: NodeOf<'binary'>): Value {
    const { operator } = node;
    const left = this.value(node.left);
    if (operator === '&&' || operator === '||') return this.#logic(operator, left, node.right);
    const right = this.value(node.right);
    if (left.kind === 'known' && right.kind === 'known')
      return this.#computed(() => operate(operator, left.value, right.value, METER), left, right);
    if (operator === '==' || operator === '!=') {
      const same = isSameValue(left, right);
      return same === undefined ? UNKNOWN : known(operator === '==' ? same : !same);
    }
    if (operator === 'in' && left.kind === 'other' && right.kind === 'known' && Array.isArray(right.value))
      return known(false);
    return this.#may();
  }

  #logic(operator: '&&' | '||', left: Value, right: Node): Value {
    const truth = truthOf(left);
    if (truth === undefined) {
      const other = truthOf(this.#inCase(right));
      return other === (operator === '||') ? known(other) : UNKNOWN;
    }
    return truth === (operator === '&&') ? this.value(right) : left;
  }

  #ternary(node: NodeOf<'ternary'>): Value {
    const test = this.value(node.test);
    const truth = truthOf(test);
    if (truth === true) return node.whenTrue ? this.value(node.whenTrue) : test;
    if (truth === false) return this.value(node.whenFalse);
    for (const branch of [node.whenTrue, node.whenFalse]) {
      const value = branch === undefined ? UNKNOWN : this.#inCase(branch);
      if (value.kind === 'known' && value.value === null) this.mayMiss ??= value.missing;
    }
    return UNKNOWN;
  }

  #inCase(node: Node): Value {
    this.#uncertain++;
    try {
      return this.value(node);
    } finally {
      this.#uncertain--;
    }
  }

  #call(node: NodeOf<'call'>): Value {
    const transform = TRANSFORMS.get(node.name);
    if (transform?.lazy === true) return this.#firstPresent(node.args);
    if (transform?.status === true && node.args.length === 0) return this.#status(node.name);
    const args = node.args.map((arg) => this.value(arg));
    const [first] = args;
    // Only what needs nothing but its arguments is computed; `now` and `uuid` stay unknown.
    if (first?.kind === 'known' && first.value === null && first.missing && NEED_A_VALUE.has(node.name))
      return this.#fail(first.missing);
    return this.#may();
  }

  #firstPresent(args: readonly Node[]): Value {
    const outer = this.#tolerant;
    this.#tolerant = true;
    let found: Value = known(null);
    for (const arg of args) {
      found = found.kind === 'unknown' ? this.#inCase(arg) && UNKNOWN : this.value(arg);
      if (found.kind === 'other' || (found.kind === 'known' && found.value !== null)) break;
    }
    this.#tolerant = outer;
    // All were null: that is what the author wrote, not something that went missing.
    return found.kind === 'known' && found.value === null && args.length > 1 ? known(null) : found;
  }

  #status(name: string): Value {
    const { needs } = this.scope;
    const some = (is: (fate: Fate) => boolean): Value => {
      if (needs.some((fate) => fate !== undefined && is(fate))) return known(true);
      return needs.includes(undefined) ? UNKNOWN : known(false);
    };
    switch (name) {
      case 'always':
        return known(true);
      case 'failure':
        return some((fate) => fate === 'failed');
      case 'canceled':
        return some((fate) => fate === 'canceled');
      case 'success': {
        const bad = some((fate) => fate !== 'success' && fate !== 'allowed');
        return bad.kind === 'known' ? known(bad.value !== true) : UNKNOWN;
      }
      default:
        return UNKNOWN;
    }
  }

  #computed(compute: () => unknown, ...from: readonly Value[]): Value {
    try {
      return known(compute());
    } catch {
      const missing = from.flatMap((value) =>
        value.kind === 'known' && value.missing ? [value.missing] : [],
      );
      return this.#fail(missing[0]);
    }
  }

  #may(): Value {
    this.mayThrow = true;
    return UNKNOWN;
  }
}

/** Transforms that refuse null, so that a step which gave nothing makes the expression fail. */
const NEED_A_VALUE: ReadonlySet<string> = new Set(
  'trim lower upper lines split replace matches startsWith endsWith fromJson fromYaml base64 fromBase64 urlEncode'.split(
    ' ',
  ),
);

const METER = { spend(): void {} };
