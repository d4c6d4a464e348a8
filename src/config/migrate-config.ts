/** Moves settings between the file of the project and that of the user: both texts as they would be, comments kept. */
import { existsSync, readFileSync } from 'node:fs';
import { type Document, isMap, parseDocument, YAMLMap } from 'yaml';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';

export interface ConfigMove {
  /** Absolute. */
  from: string;
  to: string;
  /** Dotted keys; none: all of them. A group, such as `storage`, moves with all its keys. */
  keys: readonly string[];
}

export interface MovedConfig {
  /** What moves, as leaves or groups in the order of the file. */
  moved: string[];
  /** Texts after the move; a file that is left without a key is empty. */
  from: { path: string; before: string; after: string };
  to: { path: string; before: string; after: string };
}

/** Pure but for reading the two files. @throws {KeystoneError} CONFIG_MISSING, CONFIG_SYNTAX, CONFIG_CONFLICT, UNKNOWN_KEY (exit 2). */
export function planMove({ from, to, keys }: ConfigMove): MovedConfig {
  const before = { from: textOf(from), to: textOf(to) };
  if (before.from === '')
    throw refused(
      'CONFIG_MISSING',
      `there is nothing to move: ${from} is missing or empty`,
      'keystone config show --origin tells what is set where',
    );
  const source = read(before.from, from);
  const target = read(before.to, to);
  const moved = keys.length === 0 ? topKeys(source) : [...keys];
  for (const key of moved) move(key, source, target, { from, to });
  return {
    moved,
    from: { path: from, before: before.from, after: textAfter(source) },
    to: { path: to, before: before.to, after: target.toString() },
  };
}

const textOf = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');

function read(text: string, file: string): Document {
  const document = parseDocument(text);
  const [problem] = document.errors;
  if (problem !== undefined)
    throw refused('CONFIG_SYNTAX', `${file}: ${problem.message}`, 'keystone config check shows where');
  if (document.contents === null) document.contents = new YAMLMap() as never;
  return document;
}

const topKeys = (document: Document): string[] =>
  isMap(document.contents) ? document.contents.items.map(({ key }) => String(key)) : [];

function move(key: string, source: Document, target: Document, files: { from: string; to: string }): void {
  const path = key.split('.');
  const node = source.getIn(path, true);
  if (node === undefined)
    throw refused(
      'UNKNOWN_KEY',
      `"${key}" is not set in ${files.from}`,
      `set there: ${topKeys(source).join(', ')}`,
    );
  if (target.hasIn(path))
    throw refused(
      'CONFIG_CONFLICT',
      `"${key}" is set in ${files.to} too`,
      'take it out of one of the files first',
    );
  const pair = pairAt(source, path);
  target.setIn(path, node);
  const moved = pairAt(target, path);
  if (pair !== undefined && moved !== undefined) moved.key = pair.key;
  source.deleteIn(path);
  for (let depth = path.length - 1; depth > 0; depth--) {
    const group = source.getIn(path.slice(0, depth), true);
    if (isMap(group) && group.items.length === 0) source.deleteIn(path.slice(0, depth));
  }
}

/** With the comments before the key, which belong to it. */
function pairAt(document: Document, path: readonly string[]) {
  const holder = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  return isMap(holder) ? holder.items.find(({ key }) => String(key) === path.at(-1)) : undefined;
}

const textAfter = (document: Document): string => (topKeys(document).length === 0 ? '' : document.toString());

const refused = (code: string, message: string, hint: string): KeystoneError =>
  new KeystoneError(code, message, { exitCode: EXIT.usage, hint });
