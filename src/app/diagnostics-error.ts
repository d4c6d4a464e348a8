/** A workflow that does not compile: all its problems, with the text they point into. */
import type { Diagnostic } from '#compiler';

export class DiagnosticsError extends Error {
  constructor(
    readonly file: string,
    readonly source: string,
    readonly diagnostics: readonly Diagnostic[],
    /** @default how many problems there are */
    message = `${file}: ${diagnostics.length} problem${diagnostics.length === 1 ? '' : 's'}`,
  ) {
    super(message);
    this.name = 'DiagnosticsError';
  }
}
