/** What a patch says, whatever its notation: changes of files, each a list of hunks, and how one is refused. */
import { StepFailure } from '../../../kernel/failure.ts';
import type { JsonObject } from '../../../kernel/json.ts';

export interface PatchLine {
  op: 'keep' | 'remove' | 'add';
  /** Without its line feed; a carriage return before that stays. */
  text: string;
  /** "\ No newline at end of file" follows. */
  noNewline?: true;
}

export interface Hunk {
  /** In its file, from 1. */
  number: number;
  /** `@@ -1,3 +1,4 @@ main()`, or `block 2`. */
  header: string;
  /** Its first line in the patch, from 1. */
  line: number;
  lines: PatchLine[];
  /** Lines of the file, from 1, where it says to begin; of an empty side the line before. */
  at?: { old: number; new: number };
}

export interface FilePatch {
  format: 'unified' | 'blocks';
  /** Its first line in the patch, from 1. */
  line: number;
  /** What its headers call the file, as written: the old name, the new one. Empty when it names none. */
  names: string[];
  change: 'modify' | 'create' | 'delete';
  /** Whether the file is to be executable; undefined: as it is. */
  executable?: boolean;
  /** Beginnings of git's hashes of the content before and after. */
  hashes?: { old: string; new: string };
  hunks: Hunk[];
}

/** The lines before the change, or after it. */
export const sideOf = ({ lines }: Hunk, side: 'old' | 'new'): PatchLine[] =>
  lines.filter(({ op }) => op !== (side === 'old' ? 'add' : 'remove'));

/** Name of a hunk in messages: `hunk 2 (@@ -10,3 +10,4 @@)`, `block 2`. */
export const labelOf = ({ number, header }: Hunk): string =>
  header.startsWith('@@') ? `hunk ${number} (${header})` : header;

/** The text is no patch. @param line of the patch, from 1. */
export function invalidPatch(line: number, problem: string): StepFailure {
  return new StepFailure('PATCH_INVALID', `line ${line} of the patch: ${problem}`, { details: { line } });
}

/** A patch of a kind that is not applied. */
export function unsupportedPatch(line: number, problem: string): StepFailure {
  return new StepFailure('PATCH_UNSUPPORTED', `line ${line} of the patch: ${problem}`, { details: { line } });
}

/** A hunk that has no place, or no certain one. */
export function misfit(
  code: 'PATCH_FAILED' | 'PATCH_AMBIGUOUS',
  hunk: Hunk,
  problem: string,
  details: JsonObject = {},
): StepFailure {
  return new StepFailure(code, `${labelOf(hunk)} ${problem}`, {
    details: { hunk: hunk.number, header: hunk.header, patchLine: hunk.line, ...details },
  });
}
