/** The one table of exit codes as a page. */
import { EXIT } from '../../kernel/exit-codes.ts';
import { markdownTable } from './markdown.ts';

const MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  success: 'It worked. A run ended with success.',
  failed: 'The run failed, or was canceled by somebody else.',
  usage: 'The command line, the configuration or the workflow is wrong. Nothing was run.',
  suspended: 'The run waits for a timer, a person or an event; what goes on with it was printed.',
  refused: 'Refused by policy: an allowlist, a permission, something unsafe.',
  store: 'The store is locked, damaged or cannot be written.',
  bug: 'A defect in keystone; the stack was printed.',
  sigint: 'Canceled by SIGINT (Ctrl+C).',
  sigterm: 'Canceled by SIGTERM.',
};

export function exitCodesPage(): string {
  const names: (keyof typeof EXIT)[] = [
    'success',
    'failed',
    'usage',
    'suspended',
    'refused',
    'store',
    'bug',
    'sigint',
    'sigterm',
  ];
  const rows = names.map((name) => [String(EXIT[name]), MEANINGS[name]]);
  return `# Exit codes\n\n${markdownTable(['code', 'meaning'], rows)}\n\n\`keystone validate\` exits with 2 when a file has an error; warnings alone exit with 0. Commands that only look at a run exit with 0 whatever became of the run.\n`;
}
