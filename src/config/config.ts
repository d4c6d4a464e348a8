/** The one frozen Config everything reads, and where each of its values came from. */

import type { Sections } from './sections/index.ts';

export interface Config extends Sections {
  /** Nearest ancestor of the working folder that has `.keystone/`, else the working folder itself. Absolute. */
  readonly projectRoot: string;
  /** Steps running at once over all runs of this process. @default cores × 4 */
  readonly concurrency: number;
  /** Resource pools by name. @default {} */
  readonly pools: Readonly<Record<string, { readonly limit: number }>>;
  readonly storage: {
    /** Absolute path of the database. @default <project>/.keystone/state.db */
    readonly path: string;
    /** `full`: fsync per commit; `normal`: a power cut may lose the last commits. @default 'full' */
    readonly durability: 'full' | 'normal';
    /** Whether secrets in stored values are replaced by their names. @default true */
    readonly redactSecretsAtRest: boolean;
    /** Values larger than this many KiB are stored as blobs. @default 64 */
    readonly blobThresholdKb: number;
    /** For how many days after their end, and how many of each workflow, runs are kept. @default undefined: all, for ever */
    readonly retention: { readonly days: number | undefined; readonly keep: number | undefined };
  };
  readonly wait: {
    /** How long a run that only waits for timers stays in the foreground, in milliseconds. @default 300000 */
    readonly foregroundMs: number;
  };
  readonly inspect: {
    /** Port of the local inspector page; 0 picks a free one. @default 0 */
    readonly port: number;
    /** Open a browser when the inspector starts. @default true */
    readonly open: boolean;
  };
  readonly ui: {
    /** Pause between two refreshes of the live display, in milliseconds. @default 100 */
    readonly refreshMs: number;
    /** @default 'auto': colours on terminals only */
    readonly color: 'auto' | 'always' | 'never';
  };
  /** The environment of the process as it was when the configuration was loaded. Not a key of any file. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Where a value was found, the strongest first. */
export type OriginSource = 'flag' | 'env' | 'project' | 'user' | 'default';

export interface Origin {
  source: OriginSource;
  /** What to look at: `--no-color`, `KEYSTONE_CONCURRENCY`, `/home/me/app/.keystone/config.yaml:3:14`; empty for defaults. */
  where: string;
}
