/** Why a command could not be started, said so that its author knows what to change. */
import { statSync } from 'node:fs';
import { StepFailure } from '../../kernel/failure.ts';

export interface SpawnTarget {
  command: string;
  cwd: string;
}

/** @returns the failure to throw; retryable only when the machine was short of something for the moment. */
export function spawnFailure(error: unknown, target: SpawnTarget): StepFailure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const { command, cwd } = target;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return isFolder(cwd)
        ? failure('COMMAND_NOT_FOUND', `command not found: "${command}"; is it installed and on the PATH?`)
        : failure('FOLDER_NOT_FOUND', `cannot run "${command}" in ${cwd}: no such folder`);
    case 'EACCES':
    case 'EPERM':
      return failure(
        'COMMAND_NOT_EXECUTABLE',
        `"${command}" may not be executed (${code}); chmod +x it, or check the folder ${cwd}`,
      );
    case 'ENOEXEC':
      return failure(
        'COMMAND_NOT_EXECUTABLE',
        `"${command}" is not a program: a script needs a first line such as #!/bin/sh`,
      );
    case 'E2BIG':
      return failure(
        'COMMAND_TOO_LONG',
        `the command line or environment of "${command}" is longer than the system allows; pass large values through "stdin" or a file`,
      );
    case 'ERR_INVALID_ARG_VALUE':
      return failure(
        'INVALID_COMMAND',
        `a command, argument or variable of "${command}" holds a NUL character, which no program can receive`,
      );
    case 'EAGAIN':
    case 'EMFILE':
    case 'ENFILE':
    case 'ENOMEM':
      return new StepFailure(
        'NO_RESOURCES',
        `cannot start "${command}": the system is short of processes, files or memory (${code})`,
        {
          retryable: true,
          cause: error,
        },
      );
    default:
      return failure(
        'COMMAND_NOT_STARTED',
        `cannot start "${command}": ${error instanceof Error ? error.message : String(error)}`,
      );
  }

  function failure(failureCode: string, message: string): StepFailure {
    return new StepFailure(failureCode, message, { cause: error, details: { command, cwd } });
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
