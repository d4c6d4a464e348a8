/** From the text of a patch to what it says, in either notation: unified diffs, and SEARCH/REPLACE blocks. */
import type { FilePatch } from './hunk.ts';
import { invalidPatch } from './hunk.ts';
import { isSearchMarker, parseBlocks } from './parse-blocks.ts';
import { parseUnified } from './parse-unified.ts';

/**
 * Pure. The first line that belongs to a notation decides which it is; prose before it does not matter.
 * @returns at least one change, in the order of the text.
 * @throws {StepFailure} PATCH_INVALID, PATCH_UNSUPPORTED, with the line of the patch.
 */
export function parsePatch(text: string): FilePatch[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  for (const [index, line] of lines.entries()) {
    if (isSearchMarker(line)) return parseBlocks(lines);
    if (beginsUnified(line, lines[index + 1])) return parseUnified(lines);
  }
  throw invalidPatch(
    1,
    'this is neither a unified diff ("@@ -1,3 +1,4 @@" …) nor SEARCH/REPLACE blocks ("<<<<<<< SEARCH" …)',
  );
}

const beginsUnified = (line: string, next = ''): boolean =>
  line.startsWith('@@') ||
  line.startsWith('diff --git ') ||
  (line.startsWith('--- ') && next.startsWith('+++ '));
