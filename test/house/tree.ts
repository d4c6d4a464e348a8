/** The files of the repository as the house checks see them, and what they import. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');

export interface SourceFile {
  /** Relative to the repository, with `/`. */
  path: string;
  text: string;
}

/** All files below a folder of the repository, sorted; nothing when there is no such folder. */
export function filesBelow(folder: string, pattern: RegExp): SourceFile[] {
  let names: string[];
  try {
    names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  } catch {
    return [];
  }
  return names
    .map((name) => `${folder}/${name}`)
    .filter((path) => pattern.test(path) && !path.includes('node_modules/'))
    .sort()
    .map(read);
}

export const read = (path: string): SourceFile => ({ path, text: readFileSync(join(ROOT, path), 'utf8') });

const CODE = /\.(ts|tsx|mjs)$/;
/** What is shipped. */
export const product = (): SourceFile[] =>
  ['src', 'compiler', 'machines'].flatMap((f) => filesBelow(f, CODE));
export const scripts = (): SourceFile[] => filesBelow('scripts', CODE);
export const tests = (): SourceFile[] => filesBelow('test', CODE);

export const withoutComments = (text: string): string =>
  text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '$1');

export const withoutStrings = (text: string): string => text.replaceAll(/'[^'\n]*'|`[^`]*`/g, "''");

/**
 * What a file imports, types too: paths of the repository for relative imports (`src/kernel/json.ts`), else the specifier
 * as it stands (`#compiler`, `node:fs`, `xstate`).
 */
export function importsOf(file: SourceFile): string[] {
  const code = withoutComments(file.text);
  const found = code.matchAll(/\bfrom\s+'([^'\n]+)'|\bimport\(\s*'([^'\n]+)'\s*\)|^import\s+'([^'\n]+)'/gm);
  return [...found].map(([, from, dynamic, bare]) => {
    const specifier = from ?? dynamic ?? bare ?? '';
    if (!specifier.startsWith('.')) return specifier;
    return normalize(relative(ROOT, resolve(ROOT, dirname(file.path), specifier)));
  });
}
