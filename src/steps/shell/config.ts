/** The section `shell` of the configuration, as steps see it. */
import type { Shell } from '../../services/process/quote-for-shell.ts';

export interface ShellConfig {
  /** Of steps that name none. */
  readonly default: Shell;
  /** Commands, perhaps with their first arguments. */
  readonly denylist: readonly string[];
  readonly sandbox: 'off' | 'auto' | 'required';
}

/** Where there is no configuration, as in a program that runs the kind by itself. */
export const DEFAULT_SHELL_CONFIG: ShellConfig = { default: 'sh', denylist: [], sandbox: 'off' };
