/** Problems in configuration files, with their text, so that the edge can print lines and carets. */
import type { Diagnostic } from '#compiler';

export interface ConfigFileProblems {
  file: string;
  source: string;
  diagnostics: Diagnostic[];
}

export class ConfigError extends Error {
  readonly files: readonly ConfigFileProblems[];

  constructor(files: readonly ConfigFileProblems[]) {
    super(`the configuration has problems: ${files.map((file) => file.file).join(', ')}`);
    this.name = 'ConfigError';
    this.files = files;
  }
}
