/** Opens a file that is to be sent: inside the run's folder, unless the step may go anywhere. */
import type { FileHandle } from 'node:fs/promises';
import { StepFailure } from '../../kernel/failure.ts';
import { codeOf, type GuardOptions, guardPath } from '../../services/files/guarded-path.ts';
import { openRegular } from '../../services/files/open-regular.ts';

/** @throws {StepFailure} FILE_NOT_FOUND, NOT_A_FILE, OUTSIDE_CWD, INVALID_PATH, PERMISSION_DENIED, FILE_ERROR. */
export async function openFile(written: string, guard: GuardOptions): Promise<FileHandle> {
  try {
    return await openRegular(await guardPath(written, guard));
  } catch (error) {
    throw error instanceof StepFailure ? error : fileFailure(error, written);
  }
}

function fileFailure(error: unknown, written: string): unknown {
  const code = codeOf(error);
  const options = { cause: error, details: { path: written } };
  const cannot = `cannot send "${written}"`;
  switch (code) {
    case '':
      return error;
    case 'ENOENT':
    case 'ENOTDIR':
      return new StepFailure('FILE_NOT_FOUND', `${cannot}: no such file`, options);
    case 'EACCES':
    case 'EPERM':
      return new StepFailure('PERMISSION_DENIED', `${cannot}: not permitted (${code})`, options);
    case 'ELOOP':
      return new StepFailure(
        'OUTSIDE_CWD',
        `${cannot}: it became a symbolic link meanwhile, or links in a circle`,
        options,
      );
    default:
      return new StepFailure(
        'FILE_ERROR',
        `${cannot}: ${error instanceof Error ? error.message : code}`,
        options,
      );
  }
}
