/** A wrong command line. */
import type { CommanderError } from 'commander';

/** What commander complained about, in words of one line, with what to look at. */
export class UsageError extends Error {
  readonly suggestion: string | undefined;
  /** The command whose help explains more, if one was recognised. */
  readonly command: string | undefined;
  /** Help was asked for by giving nothing. */
  readonly helpShown: boolean;

  constructor(error: CommanderError, command: string | undefined) {
    const [first = '', second = ''] = error.message.replace(/^error: /, '').split('\n');
    super(first);
    this.name = 'UsageError';
    this.suggestion = /^\(Did you mean (one of )?(.*)\?\)$/.exec(second)?.[2];
    this.command = command;
    this.helpShown = error.code === 'commander.help';
  }
}
