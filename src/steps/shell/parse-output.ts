/** stdout made a value, as `parse` says. */
import { cutText } from '../../kernel/cut-text.ts';
import { StepFailure } from '../../kernel/failure.ts';
import type { Json } from '../../kernel/json.ts';

export type OutputFormat = 'json' | 'yaml' | 'lines';

/** @throws {StepFailure} OUTPUT_NOT_PARSED (retryable: the next attempt may print something else). */
export async function parseOutput(text: string, format: OutputFormat): Promise<Json> {
  switch (format) {
    case 'lines':
      return text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/);
    case 'json':
      return guarded(format, text, () => JSON.parse(text));
    case 'yaml': {
      const { parse } = await import('yaml');
      return guarded(format, text, () => parse(text, { merge: true, maxAliasCount: 100 }) ?? null);
    }
    default:
      return format satisfies never;
  }
}

function guarded(format: string, text: string, parse: () => Json): Json {
  try {
    return parse();
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    const start =
      text.trim() === '' ? 'it is empty' : `it begins with ${JSON.stringify(cutText(text.trim(), 60))}`;
    throw new StepFailure(
      'OUTPUT_NOT_PARSED',
      `stdout is not ${format.toUpperCase()}: ${start} (${reason})`,
      {
        retryable: true,
        details: { parse: format },
        cause: error,
      },
    );
  }
}
