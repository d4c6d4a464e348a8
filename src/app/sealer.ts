/** How values of a run come to rest: without its secrets. */
import type { Redactor } from '../kernel/redact.ts';
import type { Sealer } from '../runtime/index.ts';
import type { BlobSink } from '../steps/define.ts';

export const sealerOf = (redactor: Redactor): Sealer => ({
  text: (text) => redactor.text(text),
  json: (value) => redactor.seal(value),
  open: (value) => redactor.unseal(value),
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
