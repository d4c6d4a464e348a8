/** Unified diffs, as `diff -u` and git write them. Strict: a hunk that is cut off or miscounted is refused, never guessed. */
import { cutText } from '../../../kernel/cut-text.ts';
import { type FilePatch, type Hunk, invalidPatch, type PatchLine, sideOf, unsupportedPatch } from './hunk.ts';
import { nameInHeader, namesOfGitHeader } from './patch-names.ts';

const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;
const MODE = /^(old|new|deleted file|new file) mode (\d{6})$/;
const OPS: Readonly<Record<string, PatchLine['op']>> = { ' ': 'keep', '-': 'remove', '+': 'add' };

/** @throws {StepFailure} PATCH_INVALID, PATCH_UNSUPPORTED */
export function parseUnified(lines: readonly string[]): FilePatch[] {
  const files: FilePatch[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = headerAt(lines, at);
    if (line.startsWith('diff --git ')) {
      const file = begin(files, at);
      file.names = namesOfGitHeader(line.slice('diff --git '.length));
      at = readGitHeaders(lines, at + 1, file);
    } else if (line.startsWith('--- ') && headerAt(lines, at + 1).startsWith('+++ ')) {
      const last = files.at(-1);
      const file = last?.hunks.length === 0 && isGitHeader(lines, last.line) ? last : begin(files, at);
      readNames(file, line, headerAt(lines, at + 1), at + 1);
      at += 2;
    } else if (line.startsWith('@@')) {
      const file = files.at(-1) ?? begin(files, at);
      at = readHunk(lines, at, file);
    } else at++;
  }
  for (const file of files) check(file);
  return files;
}

const headerAt = (lines: readonly string[], at: number): string => (lines[at] ?? '').replace(/\r$/, '');
const isGitHeader = (lines: readonly string[], line: number): boolean =>
  headerAt(lines, line - 1).startsWith('diff --git ');

function begin(files: FilePatch[], at: number): FilePatch {
  const file: FilePatch = { format: 'unified', line: at + 1, names: [], change: 'modify', hunks: [] };
  files.push(file);
  return file;
}

/** What git writes between its header and the names. @returns where it ends. */
function readGitHeaders(lines: readonly string[], from: number, file: FilePatch): number {
  let at = from;
  for (; at < lines.length; at++) {
    const line = headerAt(lines, at);
    const mode = MODE.exec(line);
    const index = /^index ([0-9a-f]{7,64})\.\.([0-9a-f]{7,64})(?: (\d{6}))?$/.exec(line);
    if (mode !== null) readMode(file, mode[1] ?? '', mode[2] ?? '', at + 1);
    else if (index !== null) {
      file.hashes = { old: index[1] ?? '', new: index[2] ?? '' };
      if (index[3] !== undefined) refuseMode(index[3], at + 1);
    } else if (/^(rename|copy) (from|to) /.test(line)) {
      throw unsupportedPatch(
        at + 1,
        `"${line}": files are not renamed or copied; use "op: copy" and a patch`,
      );
    } else if (/^(GIT binary patch|Binary files .* differ)$/.test(line)) {
      throw unsupportedPatch(at + 1, 'it changes a binary file; only text can be patched');
    } else if (!/^(dis)?similarity index /.test(line)) break;
  }
  return at;
}

function readMode(file: FilePatch, which: string, mode: string, line: number): void {
  refuseMode(mode, line);
  if (which === 'new file') file.change = 'create';
  if (which === 'deleted file') file.change = 'delete';
  const isExecutable = mode === '100755';
  if (which === 'new') file.executable = isExecutable;
  if (which === 'new file' && isExecutable) file.executable = true;
}

function refuseMode(mode: string, line: number): void {
  if (mode === '100644' || mode === '100755') return;
  const what = { '120000': 'a symbolic link', '160000': 'a submodule' }[mode] ?? `a file of mode ${mode}`;
  throw unsupportedPatch(line, `it changes ${what}; only regular files can be patched`);
}

function readNames(file: FilePatch, old: string, next: string, line: number): void {
  const names = [nameInHeader(old.slice(4), line), nameInHeader(next.slice(4), line + 1)];
  if (names[0] === undefined && names[1] === undefined)
    throw invalidPatch(line, 'both of its files are /dev/null');
  if (names[0] === undefined) file.change = 'create';
  if (names[1] === undefined) file.change = 'delete';
  file.names = names.filter((name): name is string => name !== undefined);
}

/** @returns where it ends. */
function readHunk(lines: readonly string[], at: number, file: FilePatch): number {
  const header = headerAt(lines, at);
  if (header.startsWith('@@@'))
    throw unsupportedPatch(at + 1, 'it is the combined diff of a merge; make one against a single parent');
  const match = HUNK.exec(header);
  if (match === null)
    throw invalidPatch(
      at + 1,
      `"${cutText(header, 80)}" must give line numbers, as in "@@ -1,3 +1,4 @@"; SEARCH/REPLACE blocks need none`,
    );
  const [old, oldCount, next, newCount] = [1, 2, 3, 4].map((group) => Number(match[group] ?? 1));
  const hunk: Hunk = {
    number: file.hunks.length + 1,
    header,
    line: at + 1,
    lines: [],
    at: { old: old ?? 1, new: next ?? 1 },
  };
  const end = readBody(lines, at + 1, hunk, { old: oldCount ?? 1, new: newCount ?? 1 });
  if (hunk.lines.every(({ op }) => op === 'keep'))
    throw invalidPatch(at + 1, `hunk ${hunk.number} (${header}) changes nothing`);
  for (const side of ['old', 'new'] as const)
    if (
      sideOf(hunk, side)
        .slice(0, -1)
        .some(({ noNewline }) => noNewline)
    )
      throw invalidPatch(
        at + 1,
        `hunk ${hunk.number} (${header}) goes on after "\\ No newline at end of file"`,
      );
  file.hunks.push(hunk);
  return end;
}

function readBody(
  lines: readonly string[],
  from: number,
  hunk: Hunk,
  left: { old: number; new: number },
): number {
  const wanted = { ...left };
  const miscounted = (at: number, problem: string): Error =>
    invalidPatch(
      at + 1,
      `hunk ${hunk.number} (${hunk.header}) ${problem} than its header says (${wanted.old} old and ${wanted.new} new lines)`,
    );
  let at = from;
  for (; left.old > 0 || left.new > 0 || isMarker(lines[at]); at++) {
    const line = lines[at];
    if (isMarker(line)) {
      const last = hunk.lines.at(-1);
      if (last === undefined) throw invalidPatch(at + 1, '"\\ No newline at end of file" after no line');
      last.noNewline = true;
      continue;
    }
    if (line === undefined && left.old === left.new && hunk.lines.at(-1)?.op !== 'remove') {
      // Editors, and block scalars of YAML, take empty lines at the end away; whether they are there the file tells.
      hunk.lines.push(...Array.from({ length: left.old }, (): PatchLine => ({ op: 'keep', text: '' })));
      return at;
    }
    // They take the single space of an empty line away, too.
    const op = line === '' || line === '\r' ? 'keep' : OPS[line?.[0] ?? ''];
    if (line === undefined || op === undefined)
      throw miscounted(Math.min(at, lines.length - 1), 'is shorter');
    hunk.lines.push({ op, text: line.startsWith(' ') || op !== 'keep' ? line.slice(1) : line });
    if (op !== 'add') left.old--;
    if (op !== 'remove') left.new--;
    if (left.old < 0 || left.new < 0) throw miscounted(at, 'is longer');
  }
  if (isMore(lines, at)) throw miscounted(at, 'is longer');
  return at;
}

const isMarker = (line: string | undefined): boolean => line?.startsWith('\\ ') === true;

/** Lines that look like more of a hunk which is complete: ignoring them would lose changes. */
function isMore(lines: readonly string[], at: number): boolean {
  const line = lines[at] ?? '';
  if (!/^[ +-]/.test(line)) return false;
  const isNextFile = line.startsWith('--- ') && (lines[at + 1] ?? '').startsWith('+++ ');
  const isSignature = /^-- ?\r?$/.test(line); // of a mail made by git
  return !isNextFile && !isSignature;
}

function check(file: FilePatch): void {
  const changesMode = file.executable !== undefined;
  if (file.hunks.length === 0 && file.change === 'modify' && !changesMode)
    throw invalidPatch(file.line, `no hunk follows for ${file.names[0] ?? 'the file'}`);
  const [first] = file.hunks;
  if (first?.at?.old === 0 && file.hunks.length === 1 && file.change === 'modify') file.change = 'create';
  if (file.change === 'modify') return;
  const stray = file.change === 'create' ? ['keep', 'remove'] : ['keep', 'add'];
  for (const hunk of file.hunks)
    if (file.hunks.length > 1 || hunk.lines.some(({ op }) => stray.includes(op)))
      throw invalidPatch(
        hunk.line,
        file.change === 'create'
          ? 'a new file has one hunk of added lines only'
          : 'a file that is deleted has one hunk of removed lines only',
      );
}
