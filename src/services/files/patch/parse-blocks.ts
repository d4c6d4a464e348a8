/** SEARCH/REPLACE blocks: the lines that are there, `=======`, and what they become. */
import { type FilePatch, type Hunk, invalidPatch, type PatchLine } from './hunk.ts';

const SEARCH = /^<{7} SEARCH\s*$/;
const DIVIDER = /^={7}\s*$/;
const REPLACE = /^>{7} REPLACE\s*$/;

export const isSearchMarker = (line: string): boolean => SEARCH.test(line);

/** A file's name may stand in the line before a block; blocks without one belong to the file of the block before. */
export function parseBlocks(lines: readonly string[]): FilePatch[] {
  const files: FilePatch[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (DIVIDER.test(line) || REPLACE.test(line))
      throw invalidPatch(at + 1, `"${line.trim()}" without "<<<<<<< SEARCH" before it`);
    if (!isSearchMarker(line)) continue;
    const divider = find(lines, at, DIVIDER, '=======');
    const end = find(lines, divider, REPLACE, '>>>>>>> REPLACE');
    const name = nameBefore(lines, at);
    const file = fileOf(files, name, at + 1);
    file.hunks.push(blockOf(lines, file, { at, divider, end }));
    at = end;
  }
  for (const file of files) if (file.hunks.some(isCreation)) asCreation(file);
  return files;
}

function find(lines: readonly string[], from: number, marker: RegExp, what: string): number {
  for (let at = from + 1; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (marker.test(line)) return at;
    if (isSearchMarker(line) || REPLACE.test(line) || DIVIDER.test(line)) {
      throw invalidPatch(
        at + 1,
        `"${line.trim()}" where "${what}" of the block of line ${from + 1} is missing; text that holds such lines needs a unified diff`,
      );
    }
  }
  throw invalidPatch(from + 1, `the block ends without "${what}"`);
}

/** The last line before the block, code fences apart, when it looks like a path. */
function nameBefore(lines: readonly string[], at: number): string | undefined {
  for (let before = at - 1; before >= 0; before--) {
    const line = (lines[before] ?? '').trim();
    if (line === '' || line.startsWith('```')) continue;
    const name = line.replace(/^[#*\s`]+|[*:\s`]+$/g, '');
    return /^\S+$/.test(name) && /[./]\w/.test(name) ? name : undefined;
  }
  return undefined;
}

function fileOf(files: FilePatch[], name: string | undefined, line: number): FilePatch {
  const known = name === undefined ? files.at(-1) : files.find(({ names }) => names[0] === name);
  if (known !== undefined) return known;
  const file: FilePatch = {
    format: 'blocks',
    line,
    names: name === undefined ? [] : [name],
    change: 'modify',
    hunks: [],
  };
  files.push(file);
  return file;
}

function blockOf(
  lines: readonly string[],
  { hunks }: FilePatch,
  { at, divider, end }: { at: number; divider: number; end: number },
): Hunk {
  const number = hunks.length + 1;
  const search = lines.slice(at + 1, divider);
  const replace = lines.slice(divider + 1, end);
  const changes = changesOf(search, replace);
  if (changes.every(({ op }) => op === 'keep'))
    throw invalidPatch(at + 1, `block ${number} changes nothing: both of its halves are the same`);
  return { number, header: `block ${number}`, line: at + 1, lines: changes };
}

/** Lines that both halves begin or end with stay as they are in the file. */
function changesOf(search: readonly string[], replace: readonly string[]): PatchLine[] {
  const shorter = Math.min(search.length, replace.length);
  let head = 0;
  while (head < shorter && search[head] === replace[head]) head++;
  let tail = 0;
  while (tail < shorter - head && search.at(-1 - tail) === replace.at(-1 - tail)) tail++;
  const lineOf = (op: PatchLine['op']) => (text: string) => ({ op, text });
  return [
    ...search.slice(0, head).map(lineOf('keep')),
    ...search.slice(head, search.length - tail).map(lineOf('remove')),
    ...replace.slice(head, replace.length - tail).map(lineOf('add')),
    ...search.slice(search.length - tail).map(lineOf('keep')),
  ];
}

const isCreation = ({ lines }: Hunk): boolean => lines.every(({ op }) => op === 'add');

/** A block that searches for nothing makes the file. */
function asCreation(file: FilePatch): void {
  const [hunk, second] = file.hunks;
  if (hunk === undefined || second !== undefined)
    throw invalidPatch(
      file.hunks.find(isCreation)?.line ?? file.line,
      'a block with an empty SEARCH makes a new file and must be the only one for it',
    );
  file.change = 'create';
}
