/** Which file a command is: as `execvp` would find it, but known before it is started. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import path from 'node:path';
import { StepFailure } from '../../kernel/failure.ts';

export interface ProgramSearch {
  /** For commands with a slash that are not absolute. Absolute. */
  cwd: string;
  /** The PATH to look in. */
  path: string;
}

/** @returns the absolute path. @throws {StepFailure} COMMAND_NOT_FOUND */
export async function findProgram(command: string, { cwd, path: folders }: ProgramSearch): Promise<string> {
  const candidates = command.includes('/')
    ? [path.resolve(cwd, command)]
    : folders
        .split(path.delimiter)
        .filter((folder) => path.isAbsolute(folder))
        .map((folder) => path.join(folder, command));
  for (const candidate of candidates) if (await isProgram(candidate)) return candidate;
  throw new StepFailure(
    'COMMAND_NOT_FOUND',
    command.includes('/')
      ? `there is no program ${candidates[0]}`
      : `command not found: "${command}"; is it installed and on the PATH?`,
  );
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
