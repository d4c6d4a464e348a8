/** How values of a run come to rest: without its secrets. */
import type { Redactor } from '../kernel/redact.ts';
import type { Sealer } from '../runtime/index.ts';
import type { BlobSink } from '../steps/define.ts';

/** Begins every placeholder, and text that looks like one. */
export const PLACEHOLDER_BEGINS = '\u27e6secret:';

export const sealerOf = (redactor: Redactor): Sealer => ({
  json: (value) => redactor.seal(value),
  open: (value) => redactor.unseal(value),
  stringify(value) {
    const text = JSON.stringify(value);
    // By value and not in the text, where a secret of digits may be in any number and one with quotes looks different.
    return redactor.active || text.includes(PLACEHOLDER_BEGINS)
      ? JSON.stringify(redactor.seal(JSON.parse(text)))
      : text;
  },
  parse(text) {
    const value = JSON.parse(text);
    return text.includes(PLACEHOLDER_BEGINS) ? redactor.unseal(value) : value;
  },
});

/** What is too large for a row is kept without secrets like everything else. */
export function redactedBlob(sink: BlobSink, redactor: Redactor): BlobSink {
  const stream = redactor.stream();
  return {
    write: (chunk) => sink.write(stream.push(chunk)),
    end() {
      sink.write(stream.flush());
      return sink.end();
    },
    abort: () => sink.abort(),
  };
}

/** The same error; what it says may have been made from values of the run, and is shown to whoever runs it. */
export function withoutSecrets(error: unknown, redactor: Redactor): unknown {
  if (!(error instanceof Error)) return error;
  error.message = redactor.text(error.message);
  if (error.stack !== undefined) error.stack = redactor.text(error.stack);
  return error;
}
