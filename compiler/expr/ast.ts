/** The syntax tree that is interpreted: jexl's, made closed, checked and given offsets. */

interface Placed {
  /** Offsets in the expression, half-open. */
  start: number;
  end: number;
}

export type BinaryOperator =
  | '+'
  | '-'
  | '*'
  | '/'
  | '//'
  | '%'
  | '^'
  | '=='
  | '!='
  | '>'
  | '>='
  | '<'
  | '<='
  | '&&'
  | '||'
  | 'in';

export type Node = Placed &
  (
    | { kind: 'literal'; value: string | number | boolean | null }
    /** A name of the scope. */
    | { kind: 'name'; name: string }
    /** `.name` in a filter: a property of the element; `.` alone, the element itself, has the name ''. */
    | { kind: 'relative'; name: string }
    | { kind: 'member'; object: Node; name: string }
    /** `object[key]` with one key. */
    | { kind: 'index'; object: Node; key: Node }
    /** `list[test]`: the elements for which a test that mentions `.…` holds. */
    | { kind: 'filter'; list: Node; test: Node }
    | { kind: 'list'; items: Node[] }
    | { kind: 'record'; entries: [key: string, value: Node][] }
    | { kind: 'unary'; operator: '!' | '-'; operand: Node }
    | { kind: 'binary'; operator: BinaryOperator; left: Node; right: Node }
    /** Without `whenTrue` (`a ?: b`), a true test is the value. */
    | { kind: 'ternary'; test: Node; whenTrue: Node | undefined; whenFalse: Node }
    /** `f(a, b)` and `a|f(b)` are the same. */
    | { kind: 'call'; name: string; args: Node[]; nameStart: number }
  );

export type NodeOf<Kind extends Node['kind']> = Extract<Node, { kind: Kind }>;

/** Expression as given and its tree. */
export interface Parsed {
  readonly text: string;
  readonly root: Node;
}

/** The node's direct children, in source order. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'literal':
    case 'name':
    case 'relative':
      return [];
    case 'member':
      return [node.object];
    case 'index':
      return [node.object, node.key];
    case 'filter':
      return [node.list, node.test];
    case 'list':
      return node.items;
    case 'record':
      return node.entries.map(([, value]) => value);
    case 'unary':
      return [node.operand];
    case 'binary':
      return [node.left, node.right];
    case 'ternary':
      return node.whenTrue ? [node.test, node.whenTrue, node.whenFalse] : [node.test, node.whenFalse];
    case 'call':
      return node.args;
    default:
      return node satisfies never;
  }
}
