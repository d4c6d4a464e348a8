/** Checked files as JSON for machines. */
import type { CheckedFile } from '../app-api.ts';

/** Offsets become lines and columns here, at the edge. */
export async function withPositions({ file, source, diagnostics }: CheckedFile): Promise<unknown> {
  const { locate } = await import('#compiler');
  return {
    file,
    diagnostics: diagnostics.map(({ severity, code, message, hint, span, path }) => {
      const start = locate(source, span.start);
      const end = locate(source, span.end);
      const place = { line: start.line, column: start.column, endLine: end.line, endColumn: end.column };
      return { severity, code, message, ...(hint === undefined ? {} : { hint }), ...place, path };
    }),
  };
}
