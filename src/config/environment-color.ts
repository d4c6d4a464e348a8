/** What the environment says about colours, for messages printed before (or without) the configuration. */
import type { Config } from './config.ts';
import type { Environment } from './read-environment.ts';

/** @param env @default process.env */
export function environmentColor(env: Environment = process.env): Config['ui']['color'] {
  const choice = env.KEYSTONE_UI_COLOR;
  if (choice === 'always' || choice === 'never' || choice === 'auto') return choice;
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return 'never';
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '' && env.FORCE_COLOR !== '0') return 'always';
  return isDumbTerminal(env) ? 'never' : 'auto';
}

/** A terminal that cannot move its cursor: no live display on it. */
export const isDumbTerminal = (env: Environment = process.env): boolean => env.TERM === 'dumb';
