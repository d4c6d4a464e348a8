/** The questions open runs ask, one a row. */
import { EXIT } from '../../kernel/exit-codes.ts';
import type { Json } from '../../kernel/json.ts';
import { maskPlaceholders } from '../../kernel/redact.ts';
import type { Question } from '../app-api.ts';
import type { Terminal } from '../terminal.ts';
import { formatDate, oneLine } from './format.ts';
import { renderTable } from './render-table.ts';

export async function renderQuestions(
  terminal: Terminal,
  questions: readonly Question[],
  json: boolean,
): Promise<number> {
  if (json) terminal.json(maskPlaceholders(questions as unknown as Json));
  else if (questions.length === 0) terminal.talk('no step waits for a person');
  else {
    const rows = questions.map(({ runId, path, asks, since, dueAt }) => [
      runId,
      path,
      oneLine(asks.message, Math.max(30, terminal.columns - 70)),
      terminal.paint.dim(`since ${formatDate(since)}`),
      terminal.paint.dim(dueAt === undefined ? '' : `until ${formatDate(dueAt)}`),
    ]);
    terminal.result(await renderTable(rows));
  }
  return EXIT.success;
}
