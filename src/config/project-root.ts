/** Where the project and the user keep their files. */
import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import envPaths from 'env-paths';

export const PROJECT_FOLDER = '.keystone';
export const CONFIG_FILE = 'config.yaml';

/** Nearest ancestor of `cwd` (or itself) with a `.keystone/` folder; `cwd` when there is none. Absolute. */
export function findProjectRoot(cwd: string): string {
  const start = resolve(cwd);
  for (let folder = start; ; folder = dirname(folder)) {
    const candidate = join(folder, PROJECT_FOLDER);
    if (existsSync(candidate) && statSync(candidate).isDirectory()) return folder;
    if (dirname(folder) === folder) return start;
  }
}

export interface UserFolders {
  config: string;
  data: string;
  cache: string;
}

/** `$XDG_CONFIG_HOME/keystone` and its siblings; without the variables, what the platform recommends. */
export function userFolders(env: Readonly<Record<string, string | undefined>>): UserFolders {
  const platform = envPaths('keystone', { suffix: '' });
  const xdg = (name: string, fallback: string): string => {
    const folder = env[name];
    return folder === undefined || folder === '' ? fallback : join(folder, 'keystone');
  };
  return {
    config: xdg('XDG_CONFIG_HOME', platform.config),
    data: xdg('XDG_DATA_HOME', platform.data),
    cache: xdg('XDG_CACHE_HOME', platform.cache),
  };
}
