/** The one table of process exit codes (docs/exit-codes.md). */
export const EXIT = {
  success: 0,
  failed: 1,
  usage: 2,
  suspended: 3,
  refused: 4,
  store: 5,
  bug: 70,
  sigint: 130,
  sigterm: 143,
} as const;
