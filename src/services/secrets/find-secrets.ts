/** Finds the values of secrets by name, in this order: environment, files that variables name, `.env` files, a command. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { EXIT } from '../../kernel/exit-codes.ts';
import { KeystoneError } from '../../kernel/failure.ts';
import { askCommand, type CommandRequest } from './ask-command.ts';
import { EnvFileError, parseEnvFile } from './env-file.ts';

export interface SecretSources extends Omit<CommandRequest, 'command' | 'names'> {
  /** `.env` files, absolute; later ones win. */
  files: readonly string[];
  command?: string | readonly string[] | undefined;
}

/** The rest of a variable's name when it holds the path of a file with the value. */
const FILE_SUFFIX = '_FILE';
type Place = ReadonlyMap<string, string>;
const MOST_FILE_BYTES = 1024 * 1024;

/**
 * Values of those that were found; the command is only asked when some were not. An empty value counts as none.
 * @throws {KeystoneError} SECRETS_FILE, SECRETS_COMMAND
 */
export async function findSecrets(
  names: readonly string[],
  sources: SecretSources,
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  if (names.length === 0) return found;
  const places = [new Map(Object.entries(sources.environment)), ...readEnvFiles(sources.files)];
  for (const name of names) {
    for (const place of places) {
      const value = place.get(name) || fromNamedFile(name, place, sources.cwd);
      if (value === undefined || value === '') continue;
      found.set(name, value);
      break;
    }
  }
  const missing = names.filter((name) => !found.has(name));
  const { command } = sources;
  if (command === undefined || missing.length === 0) return found;
  for (const [name, value] of await askCommand({ ...sources, command, names: missing }))
    found.set(name, value);
  return found;
}

/** What each file says, the strongest first. */
function readEnvFiles(files: readonly string[]): Place[] {
  return files
    .flatMap((file) => {
      const text = readIfThere(file);
      return text === undefined ? [] : [parsed(file, text)];
    })
    .reverse();
}

function parsed(file: string, text: string): Map<string, string> {
  try {
    return parseEnvFile(text);
  } catch (error) {
    if (error instanceof EnvFileError) throw refusal(`${file}, ${error.message}`, 'mend the file');
    throw error;
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readText(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw refusal(`cannot read ${file}: ${reasonOf(error)}`, 'check it, or take it out of secrets.files');
  }
}

/** Of files that tools such as Docker put secrets into: a line break at the end is no part of it. */
function fromNamedFile(name: string, place: Place, folder: string): string | undefined {
  const file = place.get(name + FILE_SUFFIX);
  if (file === undefined || file === '') return undefined;
  try {
    return readText(path.resolve(folder, file)).replace(/\r?\n$/, '');
  } catch (error) {
    throw refusal(
      `${name}${FILE_SUFFIX} names ${file}, which cannot be read: ${reasonOf(error)}`,
      `let ${name}${FILE_SUFFIX} name a file that holds the secret, or unset it`,
    );
  }
}

function readText(file: string): string {
  const stats = statSync(file);
  if (stats.isDirectory()) throw new Error('it is a folder');
  if (stats.size > MOST_FILE_BYTES) throw new Error(`it has more than ${MOST_FILE_BYTES} bytes`);
  return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
}

function reasonOf(error: unknown): string {
  if (error instanceof TypeError) return 'it is no text in UTF-8';
  return error instanceof Error ? error.message.replace(/, (open|stat|read) .*$/, '') : String(error);
}

const refusal = (message: string, hint: string): KeystoneError =>
  new KeystoneError('SECRETS_FILE', message, { exitCode: EXIT.usage, hint });
