/** A workflow that does not compile: all its problems, with the text they point into. */
import type { Diagnostic } from '#compiler';

export class DiagnosticsError extends Error {
  constructor(
    readonly file: string,
    readonly source: string,
    readonly diagnostics: readonly Diagnostic[],
  ) {
    super(`${file}: ${diagnostics.length} problem${diagnostics.length === 1 ? '' : 's'}`);
    this.name = 'DiagnosticsError';
  }
}
