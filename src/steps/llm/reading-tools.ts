/** Standard tools that only read, through the guard of files. What they give is bounded, since the model reads all of it. */
import { isUtf8 } from 'node:buffer';
import { readdir } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { StepFailure } from '../../kernel/failure.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { findFiles } from '../../services/files/find-files.ts';
import { guardPath } from '../../services/files/guarded-path.ts';
import { withFolder } from '../../services/files/held-folder.ts';
import { openRegular } from '../../services/files/open-regular.ts';
import type { StepContext } from '../define.ts';
import type { ReadingToolName } from './standard-tools.ts';

const MOST_BYTES = 256 * 1024;
const MOST_NAMES = 1000;
const MOST_LINES = 200;
const LONGEST_LINE = 500;
/** Larger files are not searched. */
const SEARCHED_BYTES = 4 * 1024 * 1024;

type World = Pick<StepContext, 'cwd' | 'signal'>;

/** @throws {StepFailure} those of the guard, NOT_TEXT; what the system says. */
export const readingTools: Readonly<
  Record<ReadingToolName, (args: JsonObject, world: World) => Promise<string>>
> = {
  async read_file({ path }, world) {
    const text = await readText(String(path), world, Number.POSITIVE_INFINITY);
    return text.length <= MOST_BYTES
      ? text
      : `${text.slice(0, MOST_BYTES)}\n[cut here; the file has ${text.length} characters: use read_file_lines]`;
  },
  async read_file_lines({ path, from, to }, world) {
    const lines = (await readText(String(path), world, Number.POSITIVE_INFINITY)).split('\n');
    const first = Number(from);
    const chosen = lines.slice(first - 1, Number(to));
    if (chosen.length === 0) return `[the file has ${lines.length} lines]`;
    return bounded(chosen.map((line, index) => `${first + index}: ${line}`).join('\n'));
  },
  async list_files({ path = '.' }, { cwd }) {
    const folder = await guardPath(String(path), { cwd, allowOutsideCwd: false });
    const entries = await withFolder(folder, folder.real, (held) => readdir(held, { withFileTypes: true }));
    return listed(entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort());
  },
  search_files: async ({ pattern }, world) => listed(await namesOf(String(pattern), world)),
  async search_content({ text, pattern = '**/*' }, world) {
    const found: string[] = [];
    for (const name of await namesOf(String(pattern), world)) {
      const content = await readText(name, world, SEARCHED_BYTES).catch(ignoreFailure);
      for (const [index, line] of (content ?? '').split('\n').entries())
        if (line.includes(String(text)))
          found.push(`${name}:${index + 1}: ${line.trim().slice(0, LONGEST_LINE)}`);
      if (found.length > MOST_LINES) break;
    }
    if (found.length === 0) return '[nothing found]';
    return found.length > MOST_LINES
      ? [...found.slice(0, MOST_LINES), '[there is more; search more narrowly]'].join('\n')
      : found.join('\n');
  },
};

async function readText(path: string, { cwd }: World, most: number): Promise<string> {
  const file = await openRegular(await guardPath(path, { cwd, allowOutsideCwd: false }));
  try {
    const { size } = await file.stat();
    if (size > Math.min(most, 64 * 1024 * 1024))
      throw new StepFailure('TOO_LARGE', `"${path}" has ${size} bytes`);
    const content = await file.readFile();
    if (!isUtf8(content)) throw new StepFailure('NOT_TEXT', `"${path}" is no text in UTF-8`);
    return content.toString('utf8');
  } finally {
    await file.close();
  }
}

async function namesOf(pattern: string, { cwd, signal }: World): Promise<string[]> {
  const found = await findFiles(pattern, { cwd, allowOutsideCwd: false, signal });
  return found.map(({ path }) => relative(cwd, path).replaceAll(sep, '/'));
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return '[nothing found]';
  const more = names.length - MOST_NAMES;
  return [...names.slice(0, MOST_NAMES), ...(more > 0 ? [`[and ${more} more]`] : [])].join('\n');
}

const bounded = (text: string): string =>
  text.length <= MOST_BYTES ? text : `${text.slice(0, MOST_BYTES)}\n[cut here]`;

/** What cannot be read, or is no text, holds nothing. */
function ignoreFailure(error: unknown): undefined {
  if (error instanceof StepFailure || (error instanceof Error && 'code' in error)) return undefined;
  throw error;
}
