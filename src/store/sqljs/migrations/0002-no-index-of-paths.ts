/** Version 2: step rows have no index of their paths; the process that writes a run knows the positions of its paths. */
import type { Migration } from './index.ts';

export const noIndexOfPaths: Migration = {
  version: 2,
  sql: 'DROP INDEX steps_by_path',
};
