/** A value that is kept outside of rows because of its size or because it is no text. */
export interface BlobRef {
  /** sha256 of the content, in hex. */
  blob: string;
  bytes: number;
}

/** Where a value goes that is too large for memory. */
export interface BlobSink {
  write(chunk: Uint8Array): void;
  end(): BlobRef;
  abort(): void;
}
