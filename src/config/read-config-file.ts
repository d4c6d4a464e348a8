/** One configuration file → its settings with positions, and every problem in it. */
import { closest, distance } from 'fastest-levenshtein';
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import type { Diagnostic } from '#compiler';
import { complaintAbout } from './check-value.ts';
import { CONFIG_KEYS, type ConfigKey, PLANNED_KEYS } from './keys.ts';

export interface Setting {
  value: unknown;
  line: number;
  column: number;
}

export interface ConfigFile {
  /** By dotted key; of mappings such as `pools` one for each name: `pools.<name>`. */
  settings: Map<string, Setting>;
  diagnostics: Diagnostic[];
}

interface Reading extends ConfigFile {
  lines: LineCounter;
  document: Document;
}

const LEAVES = new Map(CONFIG_KEYS.map((leaf) => [leaf.key, leaf]));

/** Reads the text of a `config.yaml`. An empty text is an empty configuration. */
export function readConfigFile(source: string): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, merge: true, prettyErrors: false });
  const reading: Reading = { settings: new Map(), diagnostics: [], lines, document };
  for (const error of document.errors) {
    reading.diagnostics.push(problem('CONFIG_SYNTAX', error.message, error.pos[0], error.pos[1], ''));
  }
  if (document.errors.length > 0) return reading;
  const root: ParsedNode | null = document.contents;
  if (isEmpty(root)) return reading;
  if (isMap(root)) readMap(root, '', reading);
  else complain(reading, root, '', 'CONFIG_VALUE', 'the configuration must be a mapping of keys to values');
  return reading;
}

function readMap(map: YAMLMap, prefix: string, reading: Reading): void {
  for (const { key, value } of map.items) {
    if (!isScalar(key)) continue;
    const name = String(key.value);
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const node = resolved(value, reading);
    const { entries } = LEAVES.get(path) ?? {};
    if (entries !== undefined) readEntries(path, entries, node, reading);
    else if (LEAVES.has(path)) readLeaf(path, node ?? key, plain(node, reading), reading);
    else if (PLANNED_KEYS.has(path)) refusePlanned(path, key, reading);
    else if ([...LEAVES.keys()].some((leaf) => leaf.startsWith(`${path}.`))) readGroup(path, node, reading);
    else reportUnknown(name, prefix, key, reading);
  }
}

function readLeaf(path: string, node: Node, value: unknown, reading: Reading): void {
  const leaf = LEAVES.get(path);
  if (leaf === undefined) return;
  const complaint = complaintAbout(leaf.schema, value);
  if (complaint === undefined) reading.settings.set(path, { value, ...positionOf(node, reading) });
  else complain(reading, node, path, 'CONFIG_VALUE', `"${path}": ${complaint}`);
}

/** A group with nothing below it (everything commented out) is an empty group. */
function readGroup(path: string, node: Node | null, reading: Reading): void {
  if (isMap(node)) readMap(node, path, reading);
  else if (!isEmpty(node)) complain(reading, node, path, 'CONFIG_VALUE', `"${path}" must be a mapping`);
}

function isEmpty(node: Node | null): node is null {
  return node === null || (isScalar(node) && node.value === null);
}

function readEntries(
  path: string,
  { pattern, schema }: NonNullable<ConfigKey['entries']>,
  node: Node | null,
  reading: Reading,
): void {
  if (!isMap(node)) {
    if (!isEmpty(node)) complain(reading, node, path, 'CONFIG_VALUE', `"${path}" must be a mapping of names`);
    return;
  }
  for (const { key, value } of node.items) {
    if (!isScalar(key)) continue;
    const name = String(key.value);
    const entry = resolved(value, reading);
    const at = entry ?? key;
    const bad = new RegExp(pattern).test(name)
      ? complaintAbout(schema, plain(entry, reading))
      : `a name here must match ${pattern}`;
    if (bad !== undefined)
      complain(reading, at, `${path}.${name}`, 'CONFIG_VALUE', `"${path}.${name}": ${bad}`);
    else
      reading.settings.set(`${path}.${name}`, { value: plain(entry, reading), ...positionOf(at, reading) });
  }
}

function refusePlanned(path: string, key: Node, reading: Reading): void {
  complain(
    reading,
    key,
    path,
    'CONFIG_UNSUPPORTED',
    `"${path}" is known, but not supported by this version yet`,
    'remove it, so that nothing is silently ignored',
  );
}

function reportUnknown(name: string, prefix: string, key: Node, reading: Reading): void {
  const depth = prefix === '' ? 0 : prefix.split('.').length;
  const siblings = [...LEAVES.keys()]
    .filter((leaf) => prefix === '' || leaf.startsWith(`${prefix}.`))
    .map((leaf) => leaf.split('.')[depth] ?? '');
  const nearest = closest(name, siblings);
  const near =
    distance(name.toLowerCase(), nearest.toLowerCase()) <= Math.max(2, Math.floor(name.length / 3));
  const where = prefix === '' ? 'a key of the configuration' : `a key of "${prefix}"`;
  complain(
    reading,
    key,
    prefix === '' ? name : `${prefix}.${name}`,
    'UNKNOWN_FIELD',
    `"${name}" is not ${where}`,
    near ? `did you mean "${nearest}"?` : `known here: ${[...new Set(siblings)].join(', ')}`,
  );
}

/** The node itself or what its alias stands for. The parser yields nodes only, hence the assertion. */
function resolved(value: unknown, reading: Reading): Node | null {
  const node = value as Node | null;
  return isAlias(node) ? (node.resolve(reading.document) ?? null) : node;
}

function plain(node: Node | null, reading: Reading): unknown {
  return node === null ? null : node.toJS(reading.document);
}

function positionOf(node: Node, reading: Reading): { line: number; column: number } {
  const { line, col } = reading.lines.linePos(node.range?.[0] ?? 0);
  return { line, column: col };
}

function complain(
  reading: Reading,
  node: Node,
  path: string,
  code: string,
  message: string,
  hint?: string,
): void {
  const [start = 0, end = start] = node.range ?? [];
  reading.diagnostics.push(problem(code, message, start, end, path, hint));
}

function problem(
  code: string,
  message: string,
  start: number,
  end: number,
  path: string,
  hint?: string,
): Diagnostic {
  return {
    severity: 'error',
    code,
    message,
    span: { start, end },
    path,
    ...(hint === undefined ? {} : { hint }),
  };
}
