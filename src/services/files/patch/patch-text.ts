/** A patch applied to a text: every hunk at the one place where it can be meant, or none at all. */
import { createHash } from 'node:crypto';
import { explainMisfit } from './explain-misfit.ts';
import { arrange, type Run, SearchedText } from './find-places.ts';
import { type FilePatch, type Hunk, misfit, sideOf } from './hunk.ts';
import { asBytes, endingsOf, joinLines, splitLines, type TextLines, withoutReturn } from './text-lines.ts';

export interface PatchedText {
  content: Buffer;
  /** The text was like this before. */
  alreadyApplied: boolean;
  /** Of each hunk, how many lines further down (or up, negative) it was than it says. Empty when nothing was applied. */
  offsets: number[];
}

export interface PatchOptions {
  /** Hunks fit at the lines they name or not at all, so that those that fit elsewhere, too, are no longer ambiguous. */
  exactLines: boolean;
}

/**
 * Pure. Lines must agree byte by byte, white space included; only CRLF and LF are the same as long as the patch uses one of
 * them throughout. Added lines get the ending of the line before them; the end of the text keeps or lacks its line feed.
 * @param patch `change` is `modify`.
 * @throws {StepFailure} PATCH_FAILED, PATCH_AMBIGUOUS, naming the hunk.
 */
export function patchText(content: Buffer, patch: FilePatch, options: PatchOptions): PatchedText {
  if (patch.hunks.length === 0) return { content, alreadyApplied: true, offsets: [] };
  const text = splitLines(content);
  const match = new Match(text, patch);
  const base = hashOf(patch, content);
  if (base === 'new') return { content, alreadyApplied: true, offsets: [] };
  const places =
    base === 'old' ? match.statedPlaces() : options.exactLines ? match.exactPlaces() : match.certainPlaces();
  if (places === 'applied') return { content, alreadyApplied: true, offsets: [] };
  const patched = joinLines(replaced(text, patch.hunks, { places, loose: match.loose }));
  const offsets = patch.hunks.flatMap((hunk, index) =>
    hunk.at === undefined ? [] : [(places[index] ?? 0) - statedPlace(hunk, 'old')],
  );
  return { content: patched, alreadyApplied: false, offsets };
}

/** Whether a text is just what the patch removes; its file may go then. */
export function isWholeText(content: Buffer, patch: FilePatch): boolean {
  const text = splitLines(content);
  const [hunk] = patch.hunks;
  if (hunk === undefined) return content.length === 0;
  const match = new Match(text, patch);
  return hunk.lines.length === text.lines.length && match.isAtStated(hunk, 'old');
}

/** What a patch that makes a file puts into it. */
export function createdText({ hunks }: FilePatch): Buffer {
  const lines = hunks[0]?.lines ?? [];
  return joinLines({
    lines: lines.map(({ text }) => asBytes(text)),
    endsWithNewline: lines.at(-1)?.noNewline !== true,
  });
}

/** Which side of the patch git's hashes say this content is. Text that git would check in with other line endings counts, too. */
function hashOf({ hashes }: FilePatch, content: Buffer): 'old' | 'new' | undefined {
  if (hashes === undefined) return undefined;
  const algorithm = hashes.new.length === 64 ? 'sha256' : 'sha1';
  const asUnix = content.includes('\r\n')
    ? [Buffer.from(content.toString('latin1').replaceAll('\r\n', '\n'), 'latin1')]
    : [];
  for (const each of [content, ...asUnix]) {
    const hash = createHash(algorithm).update(`blob ${each.length}\0`).update(each).digest('hex');
    if (hash.startsWith(hashes.old)) return 'old';
    if (hash.startsWith(hashes.new)) return 'new';
  }
  return undefined;
}

type Side = 'old' | 'new';

const lacksNewline = (hunk: Hunk, side: Side): boolean => sideOf(hunk, side).at(-1)?.noNewline === true;

/** Line, from 0, where the header says a side begins; of an empty side it names the line before. */
function statedPlace(hunk: Hunk, side: Side): number {
  const line = hunk.at?.[side] ?? 1;
  return sideOf(hunk, side).length === 0 ? line : line - 1;
}

/** A text and the runs of lines that the hunks of a patch look for in it. */
class Match {
  /** Line endings do not count. */
  readonly loose: boolean;
  readonly #text: SearchedText;

  constructor(
    { lines, endsWithNewline }: TextLines,
    private readonly patch: FilePatch,
  ) {
    const given = patch.hunks.flatMap((hunk) => hunk.lines.filter(({ noNewline }) => noNewline !== true));
    const inPatch = endingsOf(given.map(({ text }) => text));
    const inText = endingsOf(endsWithNewline ? lines : lines.slice(0, -1));
    this.loose = inPatch !== 'mixed' && inPatch !== inText;
    this.#text = new SearchedText(this.loose ? lines.map(withoutReturn) : lines, endsWithNewline);
    this.#text.expect(patch.hunks.flatMap((hunk) => [this.#runOf(hunk, 'old'), this.#runOf(hunk, 'new')]));
  }

  isAtStated(hunk: Hunk, side: Side): boolean {
    return this.#text.isAt(this.#runOf(hunk, side), statedPlace(hunk, side));
  }

  /** The text is known to be the one the patch was made from. @throws {StepFailure} PATCH_FAILED */
  statedPlaces(): number[] {
    const { hunks } = this.patch;
    const wrong = hunks.findIndex((hunk) => !this.isAtStated(hunk, 'old'));
    if (wrong >= 0) throw this.#explain(wrong, 'at the lines it names');
    return hunks.map((hunk) => statedPlace(hunk, 'old'));
  }

  /** Somebody says so. @throws {StepFailure} PATCH_FAILED, PATCH_AMBIGUOUS */
  exactPlaces(): number[] | 'applied' {
    const { hunks } = this.patch;
    const isApplied = hunks.every((hunk) => this.isAtStated(hunk, 'new'));
    if (isApplied && !hunks.every((hunk) => this.isAtStated(hunk, 'old'))) return 'applied';
    const places = this.statedPlaces();
    return isApplied ? this.#judged(places, (hunk) => [statedPlace(hunk, 'new')]) : places;
  }

  /** The only places the hunks can have. @throws {StepFailure} PATCH_FAILED, PATCH_AMBIGUOUS */
  certainPlaces(): number[] | 'applied' {
    const found = this.#arrange('old');
    if (found.ways === 'one')
      return this.#judged(found.places, (hunk) => this.#text.placesOf(this.#runOf(hunk, 'new')));
    if (found.ways === 'none') {
      if (this.#isApplied()) return 'applied';
      throw this.#explain(found.run, 'anywhere');
    }
    const hunk = this.#hunk(found.run);
    const lines = found.places.map((place) => place + 1);
    const hint =
      hunk.at === undefined
        ? 'search for more lines'
        : 'give it more lines of context, or write "exactLines: true" if the file is just the one the diff was made from';
    throw misfit('PATCH_AMBIGUOUS', hunk, `fits at ${listOf(lines)}; ${hint}`, { lines: lines.slice(0, 20) });
  }

  /** What the hunks make is there, and in one place only, or just where they say. */
  #isApplied(): boolean {
    const { hunks } = this.patch;
    const seen = hunks.filter((hunk) => sideOf(hunk, 'new').length > 0);
    if (seen.length === 0) return hunks.length === 1 && this.#text.lines.length === 0;
    const found = this.#arrange('new', seen);
    if (found.ways === 'many')
      return seen.every((hunk) => hunk.at !== undefined && this.isAtStated(hunk, 'new'));
    return found.ways === 'one';
  }

  /**
   * What is to be replaced is there; but is it part of what it was replaced by, so that it would be done twice?
   * @param results where the result of a hunk may be.
   */
  #judged(places: number[], results: (hunk: Hunk) => readonly number[]): number[] | 'applied' {
    const judgements = this.patch.hunks.map((hunk, index) =>
      this.#judge(hunk, places[index] ?? 0, results(hunk)),
    );
    const unsure = judgements.indexOf('unsure');
    const hasBefore = judgements.includes('before');
    const hasAfter = judgements.includes('after');
    if (hasBefore !== hasAfter) return hasBefore ? places : 'applied';
    const index = hasAfter ? judgements.indexOf('after') : unsure;
    const what = hasAfter
      ? 'seems to be applied already, but not all of the patch'
      : 'may be applied already';
    throw misfit(
      'PATCH_AMBIGUOUS',
      this.#hunk(index),
      `${what}: both what it replaces and its result are at line ${(places[index] ?? 0) + 1}; make the patch anew from the file as it is`,
    );
  }

  #judge(hunk: Hunk, place: number, results: readonly number[]): 'before' | 'after' | 'unsure' {
    const end = place + sideOf(hunk, 'old').length;
    const made = sideOf(hunk, 'new').length;
    const verdicts = results
      .filter((other) => other < end && place < other + made)
      .map((other) => {
        if (other <= place && other + made >= end && isAtAnEdge(hunk, 'add')) return 'after';
        return place <= other && end >= other + made && isAtAnEdge(hunk, 'remove') ? 'before' : 'unsure';
      });
    const [first = 'before'] = verdicts;
    return verdicts.every((verdict) => verdict === first) ? first : 'unsure';
  }

  #arrange(side: Side, hunks: readonly Hunk[] = this.patch.hunks): ReturnType<typeof arrange> {
    const runs = hunks.map((hunk) => this.#runOf(hunk, side));
    return arrange(
      runs.map((run) => ({ places: this.#text.placesOf(run), length: run.lines.length })),
      this.patch.format === 'unified',
    );
  }

  #runOf(hunk: Hunk, side: Side): Run {
    const texts = sideOf(hunk, side).map(({ text }) => asBytes(this.loose ? withoutReturn(text) : text));
    if (lacksNewline(hunk, side)) return { lines: texts, end: 'unterminated' };
    return { lines: texts, ...(lacksNewline(hunk, side === 'old' ? 'new' : 'old') && { end: 'terminated' }) };
  }

  #hunk(index: number): Hunk {
    const hunk = this.patch.hunks[index];
    if (hunk === undefined) throw new Error(`the patch has no hunk ${index}`);
    return hunk;
  }

  #explain(index: number, where: string): Error {
    const hunk = this.#hunk(index);
    const [old, made] = [this.#runOf(hunk, 'old'), this.#runOf(hunk, 'new')];
    return explainMisfit({ hunk, old, made, text: this.#text, near: statedPlace(hunk, 'old'), where });
  }
}

/** Of a diff: only adds (or removes) lines, and that at one of its edges, where no context tells what was before. */
function isAtAnEdge({ lines, at }: Hunk, op: 'add' | 'remove'): boolean {
  if (at === undefined) return true;
  if (lines.some((line) => line.op !== op && line.op !== 'keep')) return false;
  return lines[0]?.op === op || lines.at(-1)?.op === op;
}

function listOf(lines: readonly number[]): string {
  const shown = lines.slice(0, 5).join(', ');
  return lines.length > 5 ? `lines ${shown} and ${lines.length - 5} more` : `lines ${shown}`;
}

function replaced(
  text: TextLines,
  hunks: readonly Hunk[],
  { places, loose }: { places: readonly number[]; loose: boolean },
): TextLines {
  const inOrder = hunks
    .map((hunk, index) => ({ hunk, place: places[index] ?? 0 }))
    .sort((a, b) => a.place - b.place);
  const source = loose ? terminated(text) : text.lines;
  const lines: string[] = [];
  let next = 0;
  let { endsWithNewline } = text;
  for (const { hunk, place } of inOrder) {
    for (; next < place; next++) lines.push(source[next] ?? '');
    for (const line of hunk.lines) {
      if (line.op === 'keep') lines.push(source[next] ?? '');
      if (line.op === 'add') lines.push(ending(asBytes(line.text), lines.at(-1) ?? source[next], loose));
      else next++;
    }
    if (lacksNewline(hunk, 'old') !== lacksNewline(hunk, 'new')) endsWithNewline = lacksNewline(hunk, 'old');
  }
  for (; next < source.length; next++) lines.push(source[next] ?? '');
  // An empty line without an end would be none.
  if (withoutReturn(lines.at(-1) ?? '') === '') endsWithNewline = true;
  if (loose && !endsWithNewline) lines.push(withoutReturn(lines.pop() ?? ''));
  return { lines, endsWithNewline };
}

/** Lines, of which the last one is ended like the one before it: others may follow it now. */
function terminated({ lines, endsWithNewline }: TextLines): readonly string[] {
  const [before, last] = lines.slice(-2);
  if (endsWithNewline || last === undefined || before?.endsWith('\r') !== true) return lines;
  return [...lines.slice(0, -1), `${last}\r`];
}

/** An added line, ended like its neighbour where endings do not count. */
function ending(line: string, neighbour: string | undefined, loose: boolean): string {
  if (!loose || neighbour === undefined) return line;
  return neighbour.endsWith('\r') ? `${withoutReturn(line)}\r` : withoutReturn(line);
}
