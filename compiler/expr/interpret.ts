/** Walks the tree over a scope: synchronous, pure, own properties only, with a bound on the work. */
import { isRecord, ownValue, typeName } from './access.ts';
import type { Node, NodeOf, Parsed } from './ast.ts';
import { ExpressionError, Refusal } from './expression-error.ts';
import { FORBIDDEN_NAMES } from './forbidden-names.ts';
import { propertyHint } from './hints/methods.ts';
import { unknownNameHint } from './hints/names.ts';
import { LIMITS } from './limits.ts';
import { isTruthy, numberOf, operate } from './operators.ts';
import type { EvaluateOptions, Scope } from './options.ts';
import { boundedText } from './text.ts';
import type { TransformCall } from './transforms/define.ts';
import { TRANSFORMS } from './transforms/index.ts';

/** Value of the expression; null instead of undefined. May share structure with the scope. @throws {ExpressionError} */
export function interpret(parsed: Parsed, scope: Scope, options: EvaluateOptions): unknown {
  return new Interpreter(parsed, scope, options).run((self) => self.value(parsed.root));
}

/** Like `interpret`, and tells the transform that was applied last (through conditions), by which quoting is decided. */
export function interpretForText(
  parsed: Parsed,
  scope: Scope,
  options: EvaluateOptions,
): { value: unknown; lastTransform: string | undefined } {
  return new Interpreter(parsed, scope, options).run((self) => {
    let node = parsed.root;
    while (node.kind === 'ternary' && node.whenTrue)
      node = isTruthy(self.value(node.test)) ? node.whenTrue : node.whenFalse;
    return { value: self.value(node), lastTransform: node.kind === 'call' ? node.name : undefined };
  });
}

class Interpreter implements TransformCall {
  readonly options: EvaluateOptions;
  readonly #text: string;
  readonly #scope: Scope;
  #work: number = LIMITS.work;
  /** Offset of what is being worked on, for errors of operators and transforms. */
  #at = 0;
  /** The element a filter is looking at. */
  #element: unknown = undefined;
  /** In arguments of `default` and `coalesce`, where what is missing is null. */
  #tolerant = false;

  constructor(parsed: Parsed, scope: Scope, options: EvaluateOptions) {
    this.#text = parsed.text;
    this.#scope = scope;
    this.options = options;
  }

  run<Result>(body: (self: Interpreter) => Result): Result {
    try {
      return body(this);
    } catch (error) {
      if (error instanceof Refusal) throw this.#error(this.#at, error);
      if (error instanceof RangeError) throw this.#error(this.#at, outOfRoom(error));
      throw error;
    }
  }

  spend(units: number): void {
    this.#work -= units;
    if (this.#work < 0) {
      throw new Refusal(
        'EXPRESSION_LIMIT',
        'the expression takes too much work over this much data',
        'use a `script` step',
      );
    }
  }

  value(node: Node): unknown {
    this.spend(1);
    switch (node.kind) {
      case 'literal':
        return node.value;
      case 'name':
        return this.#root(node);
      case 'relative':
        return this.#relative(node);
      case 'member':
        return this.#member(node);
      case 'index':
        return this.#index(node);
      case 'filter':
        return this.#filter(node);
      case 'list':
        return node.items.map((item) => this.value(item));
      case 'record':
        return Object.fromEntries(node.entries.map(([key, value]) => [key, this.value(value)]));
      case 'unary':
        return this.#unary(node);
      case 'binary':
        return this.#binary(node);
      case 'ternary':
        return this.#ternary(node);
      case 'call':
        return this.#call(node);
      default:
        return node satisfies never;
    }
  }

  #root(node: NodeOf<'name'>): unknown {
    if (Object.hasOwn(this.#scope, node.name)) return this.#scope[node.name] ?? null;
    if (this.#tolerant) return null;
    this.#at = node.start;
    const hint = unknownNameHint(this.#text, node.start, node.name, Object.keys(this.#scope));
    throw new Refusal('EXPRESSION_UNKNOWN_NAME', `"${node.name}" is not in scope here`, hint);
  }

  #relative(node: NodeOf<'relative'>): unknown {
    const element = this.#element ?? null;
    if (node.name === '' || element === null) return element;
    return this.#property(element, node.name, node.start, 'the element');
  }

  #member(node: NodeOf<'member'>): unknown {
    const object = this.value(node.object);
    if (node.object.kind === 'filter' && Array.isArray(object)) {
      const first: unknown = object[0] ?? null;
      return first === null
        ? null
        : this.#property(first, node.name, node.end - node.name.length, 'the element');
    }
    return this.#property(object, node.name, node.end - node.name.length, this.#describe(node.object));
  }

  #index(node: NodeOf<'index'>): unknown {
    const object = this.value(node.object);
    const key = this.value(node.key);
    if (Array.isArray(object)) {
      const at = numberOf(key);
      if (at !== undefined && Number.isInteger(at)) return object.at(at) ?? null;
    }
    if (typeof key !== 'string' && typeof key !== 'number') {
      this.#at = node.key.start;
      const hint =
        typeof key === 'boolean' ? 'a filter mentions the element, such as `list[.field == "x"]`' : undefined;
      throw new Refusal('EXPRESSION_TYPE', `a key is a string or a number, not ${typeName(key)}`, hint);
    }
    return this.#property(object, String(key), node.key.start, this.#describe(node.object));
  }

  #property(object: unknown, key: string, at: number, path: string): unknown {
    this.#at = at;
    if (FORBIDDEN_NAMES.has(key)) {
      throw new Refusal(
        'EXPRESSION_FORBIDDEN_NAME',
        `"${key}" cannot be used as a name`,
        'rename the key in the data',
      );
    }
    if (isRecord(object)) return ownValue(object, key);
    if (this.#tolerant && key !== 'length') return null;
    // Half a key could be half a secret, which nothing would recognise and redact.
    const name = key.length > 60 ? 'it has no such key' : `it has no "${key}"`;
    if (object === null || object === undefined) {
      const hint = 'use `|default(…)` after the path when it may be missing';
      throw new Refusal('EXPRESSION_NULL', `${path} is null; ${name}`, hint);
    }
    throw new Refusal(
      'EXPRESSION_TYPE',
      `${path} is ${typeName(object)}; ${name}`,
      propertyHint(key) ?? wrongTypeHint(object, key),
    );
  }

  #filter(node: NodeOf<'filter'>): unknown[] {
    const list = this.value(node.list);
    if (!Array.isArray(list)) {
      if (this.#tolerant && list === null) return [];
      this.#at = node.start;
      const hint = isRecord(list)
        ? 'use `|values` or `|entries` first'
        : 'use `|default([])` when it may be missing';
      throw new Refusal(
        'EXPRESSION_TYPE',
        `${this.#describe(node.list)} is ${typeName(list)}; a filter needs an array`,
        hint,
      );
    }
    const outer = this.#element;
    const kept: unknown[] = [];
    for (const element of list) {
      this.#element = element;
      if (isTruthy(this.value(node.test))) kept.push(element);
    }
    this.#element = outer;
    return kept;
  }

  #unary(node: NodeOf<'unary'>): unknown {
    const operand = this.value(node.operand);
    if (node.operator === '!') return !isTruthy(operand);
    this.#at = node.start;
    return operate('-', 0, operand, this);
  }

  #binary(node: NodeOf<'binary'>): unknown {
    const left = this.value(node.left);
    if (node.operator === '&&') return isTruthy(left) ? this.value(node.right) : left;
    if (node.operator === '||') return isTruthy(left) ? left : this.value(node.right);
    const right = this.value(node.right);
    this.#at = node.start;
    return operate(node.operator, left, right, this);
  }

  #ternary(node: NodeOf<'ternary'>): unknown {
    const test = this.value(node.test);
    if (!isTruthy(test)) return this.value(node.whenFalse);
    return node.whenTrue ? this.value(node.whenTrue) : test;
  }

  #call(node: NodeOf<'call'>): unknown {
    const transform = TRANSFORMS.get(node.name)!;
    if (transform.lazy) return this.#firstPresent(node.args);
    const args = node.args.map((arg) => this.value(arg));
    this.#at = node.nameStart;
    const result = transform.apply(args, this);
    return typeof result === 'string' ? boundedText(result) : (result ?? null);
  }

  /** `default` and `coalesce`: the first value that is not null; what is missing on the way to it is null. */
  #firstPresent(args: readonly Node[]): unknown {
    const outer = this.#tolerant;
    this.#tolerant = true;
    let found: unknown = null;
    for (const arg of args) {
      found = this.value(arg);
      if (found !== null) break;
    }
    this.#tolerant = outer;
    return found;
  }

  #describe(node: Node): string {
    const isPath = node.kind === 'name' || node.kind === 'member' || node.kind === 'index';
    return isPath ? this.#text.slice(node.start, node.end) : 'the value';
  }

  #error(offset: number, { code, message, hint }: Refusal): ExpressionError {
    return new ExpressionError(code, message, { expression: this.#text, offset, hint });
  }
}

function wrongTypeHint(object: unknown, key: string): string | undefined {
  if (Array.isArray(object)) return `use [0].${key} for one element, \`|map('${key}')\` for all of them`;
  if (typeof object === 'string')
    return 'if the text is JSON, use `|fromJson` first, or `parse: json` on the step';
  return undefined;
}

function outOfRoom(error: RangeError): Refusal {
  return new Refusal('EXPRESSION_LIMIT', `the value is too large or nested too deeply (${error.message})`);
}
