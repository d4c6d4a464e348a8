/** Every JSON Schema of the file is one. */

import { child, childPath, type SourceNode, toJson } from '../../read/source-doc.ts';
import { schemaProblems } from '../../schema.ts';
import type { CheckContext, Report } from '../context.ts';
import { allSteps } from '../facts.ts';

export function jsonSchemas({ facts, report }: CheckContext): void {
  checkSchema(child(facts.root, 'outputSchema'), 'outputSchema', report);
  for (const step of allSteps(facts)) {
    for (const field of ['inputSchema', 'outputSchema']) {
      checkSchema(child(step.node, field), childPath(step.path, field), report);
    }
  }
}

/** Reports what makes the node no JSON Schema, each at its keyword. */
export function checkSchema(node: SourceNode | undefined, path: string, report: Report): void {
  if (
    node === undefined ||
    (node.type !== 'map' && !(node.type === 'scalar' && typeof node.value === 'boolean'))
  )
    return;
  for (const problem of schemaProblems(toJson(node))) {
    const at = follow(node, path, problem.keys);
    report({
      code: 'BAD_SCHEMA',
      span: at.node.span,
      path: at.path,
      message: `${at.name === undefined ? 'the JSON Schema' : `"${at.name}"`} ${problem.message}`,
    });
  }
}

/** The deepest node that `keys` lead to. */
export function follow(
  node: SourceNode,
  path: string,
  keys: readonly string[],
): { node: SourceNode; path: string; name: string | undefined } {
  let at = { node, path, name: undefined as string | undefined };
  for (const key of keys) {
    const next = at.node.type === 'seq' ? at.node.items[Number(key)] : child(at.node, key);
    if (next === undefined) break;
    const index = at.node.type === 'seq';
    at = { node: next, path: childPath(at.path, index ? Number(key) : key), name: index ? at.name : key };
  }
  return at;
}
