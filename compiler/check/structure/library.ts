/** The JSON Schema library's errors, translated to diagnostics at the exact node. For schemas the walk cannot do. */

import {
  child,
  childPath,
  eachScalar,
  type SourceEntry,
  type SourceNode,
  toJson,
} from '../../read/source-doc.ts';
import { type SchemaError, schemaErrors } from '../../schema.ts';
import { didYouMean } from '../nearest.ts';
import { hasTemplate, type Place } from './place.ts';
import type { Shape } from './shape.ts';
import { actualWords } from './words.ts';

export function checkWithLibrary(node: SourceNode, shape: Shape, place: Place): void {
  for (const error of schemaErrors(shape, toJson(node))) {
    const at = nodeAt(node, error.keys);
    const path = error.keys.reduce<string>(
      (sofar, key) => childPath(sofar, /^\d+$/.test(key) ? Number(key) : key),
      place.path,
    );
    if (place.templates && holdsTemplate(at.node)) continue;
    reportOne(error, at, path, place);
  }
}

interface Found {
  node: SourceNode;
  entry: SourceEntry | undefined;
}

function reportOne(error: SchemaError, at: Found, path: string, place: Place): void {
  const label = at.entry === undefined ? place.label : `"${at.entry.key}"`;
  const extra = error.unknownProperty;
  if (extra !== undefined) {
    if (extra.startsWith('x-')) return;
    const entry = at.node.type === 'map' ? at.node.entries.get(extra) : undefined;
    place.report({
      code: 'UNKNOWN_FIELD',
      span: entry?.keySpan ?? at.node.span,
      path: childPath(path, extra),
      message: `"${extra}" is not a field of ${label}`,
      hint: didYouMean(extra, error.knownProperties),
    });
  } else if (error.missingProperty !== undefined) {
    place.report({
      code: 'MISSING_FIELD',
      span: at.node.span,
      path,
      message: `${label} has no "${error.missingProperty}"`,
    });
  } else if (error.keyword === 'type') {
    place.report({
      code: 'WRONG_TYPE',
      span: at.node.span,
      path,
      message: `${label} ${error.message}, not ${actualWords(at.node)}`,
    });
  } else {
    place.report({ code: 'BAD_VALUE', span: at.node.span, path, message: `${label} ${error.message}` });
  }
}

function nodeAt(root: SourceNode, keys: readonly string[]): Found {
  let node = root;
  let entry: SourceEntry | undefined;
  for (const key of keys) {
    const next: SourceNode | undefined = node.type === 'seq' ? node.items[Number(key)] : child(node, key);
    if (next === undefined) break;
    entry = node.type === 'map' ? node.entries.get(key) : entry;
    node = next;
  }
  return { node, entry };
}

function holdsTemplate(node: SourceNode): boolean {
  let found = false;
  eachScalar(node, '', (scalar) => {
    if (typeof scalar.value === 'string' && hasTemplate(scalar.value)) found = true;
  });
  return found;
}
