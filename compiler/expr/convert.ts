/** jexl's tree → ours: drops what only steered its parser, checks names and arguments, bounds size, finds relative filters. */
import { arityProblem } from './arity.ts';
import { STEERING } from './arrange.ts';
import { type BinaryOperator, childrenOf, type Node } from './ast.ts';
import { ExpressionError, type ExpressionErrorCode } from './expression-error.ts';
import { FORBIDDEN_NAMES } from './forbidden-names.ts';
import { type JexlNode, type Mark, recordKeyName } from './jexl-tree.ts';
import { LIMITS } from './limits.ts';

type JexlOf<Type extends JexlNode['type']> = Extract<JexlNode, { type: Type }>;

/** @throws {ExpressionError} EXPRESSION_TOO_COMPLEX, EXPRESSION_UNKNOWN_FUNCTION, EXPRESSION_ARGUMENTS, EXPRESSION_FORBIDDEN_NAME */
export function convert(tree: JexlNode, text: string): Node {
  return new Converter(text).convert(tree, 0);
}

class Converter {
  readonly #text: string;
  #nodes = 0;

  constructor(text: string) {
    this.#text = text;
  }

  convert(tree: JexlNode | null | undefined, depth: number): Node {
    if (!tree)
      throw this.#error('EXPRESSION_SYNTAX', this.#text.length, 'something is missing in the expression');
    if (++this.#nodes > LIMITS.nodes || depth > LIMITS.depth) {
      const message = `the expression has more than ${LIMITS.nodes} parts, or ${LIMITS.depth} of them in a chain`;
      throw this.#error('EXPRESSION_TOO_COMPLEX', 0, message, 'use a `script` step');
    }
    switch (tree.type) {
      case 'Literal':
        return { kind: 'literal', value: tree.value.value, start: tree.value.start, end: tree.value.end };
      case 'Identifier':
        return this.#identifier(tree, depth);
      case 'FilterExpression':
        return this.#bracket(tree, depth);
      case 'ArrayLiteral':
        return this.#list(tree, depth);
      case 'ObjectLiteral':
        return this.#record(tree, depth);
      case 'UnaryExpression':
        return this.#unary(tree, depth);
      case 'BinaryExpression':
        return this.#binary(tree, depth);
      case 'ConditionalExpression':
        return this.#ternary(tree, depth);
      case 'FunctionCall':
        return this.#call(tree, depth);
      default:
        return tree satisfies never;
    }
  }

  #identifier(tree: JexlOf<'Identifier'>, depth: number): Node {
    const { text: name, start, end } = tree.value;
    if (tree.from) {
      const object = this.convert(tree.from, depth + 1);
      return { kind: 'member', object, name, start: object.start, end };
    }
    if (tree.relative) return { kind: 'relative', name, start, end };
    return { kind: 'name', name, start, end };
  }

  #bracket(tree: JexlOf<'FilterExpression'>, depth: number): Node {
    const { expr } = tree;
    if (expr?.type === 'Literal' && expr.value.text === STEERING) return this.convert(tree.subject, depth);
    const subject = this.convert(tree.subject, depth + 1);
    const inner = this.convert(expr, depth + 1);
    const place = { start: subject.start, end: this.#after(']', inner.end) };
    if (isRelative(inner)) return { kind: 'filter', list: subject, test: inner, ...place };
    if (inner.kind === 'literal' && FORBIDDEN_NAMES.has(String(inner.value))) {
      const message = `"${inner.value}" cannot be used as a name`;
      throw this.#error('EXPRESSION_FORBIDDEN_NAME', inner.start, message, 'rename the key in the data');
    }
    return { kind: 'index', object: subject, key: inner, ...place };
  }

  #list(tree: JexlOf<'ArrayLiteral'>, depth: number): Node {
    const items = tree.value.map((item) => this.convert(item, depth + 1));
    return { kind: 'list', items, ...this.#around(items) };
  }

  #record(tree: JexlOf<'ObjectLiteral'>, depth: number): Node {
    const entries = Object.entries(tree.value).map(([key, value]): [string, Node] => [
      recordKeyName(key),
      this.convert(value, depth + 1),
    ]);
    return { kind: 'record', entries, ...this.#around(entries.map(([, value]) => value)) };
  }

  #unary(tree: JexlOf<'UnaryExpression'>, depth: number): Node {
    const operand = this.convert(tree.right, depth + 1);
    const operator = tree.operator.text === '!' ? '!' : '-';
    return { kind: 'unary', operator, operand, start: tree.operator.start, end: operand.end };
  }

  #binary(tree: JexlOf<'BinaryExpression'>, depth: number): Node {
    const left = this.convert(tree.left, depth + 1);
    const right = this.convert(tree.right, depth + 1);
    return {
      kind: 'binary',
      operator: operatorOf(tree.operator),
      left,
      right,
      start: left.start,
      end: right.end,
    };
  }

  #ternary(tree: JexlOf<'ConditionalExpression'>, depth: number): Node {
    const test = this.convert(tree.test, depth + 1);
    const whenTrue = tree.consequent ? this.convert(tree.consequent, depth + 1) : undefined;
    const whenFalse = this.convert(tree.alternate, depth + 1);
    return { kind: 'ternary', test, whenTrue, whenFalse, start: test.start, end: whenFalse.end };
  }

  #call(tree: JexlOf<'FunctionCall'>, depth: number): Node {
    const { text: name, start: nameStart, end: nameEnd } = tree.name;
    if (name === STEERING) return this.convert(tree.args[0], depth);
    const args = tree.args.map((arg) => this.convert(arg, depth + 1));
    const problem = arityProblem(name, args.length);
    if (problem) throw this.#error(problem.code, nameStart, problem.message, problem.hint);
    const last = args.at(-1);
    const opens = /^\s*\(/.test(this.#text.slice(nameEnd, nameEnd + 20));
    const end = opens ? this.#after(')', Math.max(nameEnd, last?.end ?? 0)) : nameEnd;
    return {
      kind: 'call',
      name,
      args,
      nameStart,
      start: Math.min(nameStart, args[0]?.start ?? nameStart),
      end,
    };
  }

  /** Place of a literal list or record, whose own brackets jexl forgets: as near as its parts tell. */
  #around(parts: readonly Node[]): { start: number; end: number } {
    return { start: parts[0]?.start ?? 0, end: parts.at(-1)?.end ?? 0 };
  }

  #after(closer: string, from: number): number {
    const at = this.#text.indexOf(closer, from);
    return at < 0 ? from : at + 1;
  }

  #error(code: ExpressionErrorCode, offset: number, message: string, hint?: string): ExpressionError {
    return new ExpressionError(code, message, { expression: this.#text, offset, hint });
  }
}

/** Whether a bracket's content mentions the element, so that it is a test and no key. Filters inside have elements of their own. */
function isRelative(node: Node): boolean {
  if (node.kind === 'relative') return true;
  if (node.kind === 'filter') return isRelative(node.list);
  return childrenOf(node).some(isRelative);
}

function operatorOf(mark: Mark): BinaryOperator {
  // The arranger lets only these through.
  return mark.text as BinaryOperator;
}
