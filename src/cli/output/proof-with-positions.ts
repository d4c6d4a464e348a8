/** Proofs as JSON for machines: offsets become lines and columns. */
import type { ProvedFile } from '../app-api.ts';
import { withPositions } from './with-positions.ts';

export async function proofWithPositions(file: ProvedFile): Promise<unknown> {
  const { locate } = await import('#compiler');
  const checked = (await withPositions(file)) as object;
  if (file.proof === undefined) return checked;
  const place = ({ start, end }: { start: number; end: number }) => {
    const from = locate(file.source, start);
    const to = locate(file.source, end);
    return { line: from.line, column: from.column, endLine: to.line, endColumn: to.column };
  };
  const { findings, failurePoints, ...rest } = file.proof;
  return {
    ...checked,
    proof: {
      ...rest,
      findings: findings.map(({ span, ...finding }) => ({ ...finding, ...place(span) })),
      failurePoints: failurePoints.map(({ span, ...point }) => ({ ...point, ...place(span) })),
    },
  };
}
