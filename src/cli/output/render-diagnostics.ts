/** Diagnostics of files as lines with snippets and carets, and a closing count. */
import type { CheckedFile } from '../app-api.ts';
import type { Paint } from '../terminal.ts';
import { displayPath } from './display-path.ts';
import { count } from './format.ts';

export interface DiagnosticStyle {
  paint: Paint;
  cwd: string;
  /** Command to type after mending. */
  next?: string;
}

/** Empty text when there is nothing to report. */
export async function renderDiagnostics(
  files: readonly CheckedFile[],
  style: DiagnosticStyle,
): Promise<string> {
  const { formatDiagnostic } = await import('#compiler');
  const color = style.paint.isColorSupported;
  const blocks = files.flatMap((file) =>
    file.diagnostics.map((diagnostic) =>
      formatDiagnostic(diagnostic, file.source, displayPath(file.file, style.cwd), { color }).trimEnd(),
    ),
  );
  if (blocks.length === 0) return '';
  const lines = [blocks.join('\n\n'), '', summary(files, style.paint)];
  if (style.next !== undefined)
    lines.push(`${style.paint.cyan('hint:')} mend, then check with: ${style.next}`);
  return lines.join('\n');
}

/** `2 errors, 1 warning in 2 files` */
function summary(files: readonly CheckedFile[], paint: Paint): string {
  const all = files.flatMap((file) => file.diagnostics);
  const errors = all.filter((diagnostic) => diagnostic.severity === 'error').length;
  const warnings = all.length - errors;
  const parts = [
    ...(errors > 0 ? [paint.red(count(errors, 'error'))] : []),
    ...(warnings > 0 ? [paint.yellow(count(warnings, 'warning'))] : []),
  ];
  const concerned = files.filter((file) => file.diagnostics.length > 0).length;
  return `${parts.join(', ')} in ${count(concerned, 'file')}`;
}
