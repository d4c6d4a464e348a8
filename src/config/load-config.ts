/** Loads the configuration once: flag > environment > project file > user file > default. The only reader of process.env. */
import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import type { Config, Origin } from './config.ts';
import { ConfigError, type ConfigFileProblems } from './config-error.ts';
import { parseDurationMs } from './duration.ts';
import { CONFIG_KEYS } from './keys.ts';
import { CONFIG_FILE, findProjectRoot, PROJECT_FOLDER, userFolders } from './project-root.ts';
import { readConfigFile } from './read-config-file.ts';
import { type Environment, readEnvironment } from './read-environment.ts';
import { readSections } from './sections/index.ts';

export interface LoadOptions {
  /** Folder from which the project is looked for. @default the process's working folder */
  cwd?: string;
  /** Read instead of the project's own file (`--config`); it must exist. Relative to `cwd`. */
  configFile?: string;
  /** Settings given on the command line, by dotted key. */
  flags?: Readonly<Record<string, { value: unknown; flag: string }>>;
  /** @default process.env */
  env?: Environment;
}

export interface LoadedConfig {
  config: Config;
  /** Merged values as files would write them, by dotted key. */
  values: ReadonlyMap<string, unknown>;
  /** By dotted key, the same keys as `values`. */
  origins: ReadonlyMap<string, Origin>;
  /** Files that were looked for, weakest first. */
  files: readonly { path: string; layer: 'user' | 'project'; found: boolean }[];
}

type Settings = Map<string, { value: unknown; origin: Origin }>;

/** @throws {ConfigError} when a file has problems; {KeystoneError} (exit 2) for a bad variable or a missing `configFile`. */
export function loadConfig(options: LoadOptions = {}): LoadedConfig {
  const loaded = examineConfig(options);
  if (loaded.problems.length > 0) throw new ConfigError(loaded.problems);
  return loaded;
}

/** Like `loadConfig`, but hands out the problems of files beside what could be read. */
export function examineConfig(options: LoadOptions = {}): LoadedConfig & { problems: ConfigFileProblems[] } {
  const env = options.env ?? process.env;
  const cwd = resolve(options.cwd ?? process.cwd());
  const projectRoot = findProjectRoot(cwd);
  const files = configFiles(cwd, projectRoot, options.configFile, env);
  const settings: Settings = defaults();
  const problems: ConfigFileProblems[] = [];
  for (const { path, layer, found } of files) {
    if (!found) continue;
    const source = readFileSync(path, 'utf8');
    const read = readConfigFile(source);
    if (read.diagnostics.length > 0) problems.push({ file: path, source, diagnostics: read.diagnostics });
    for (const [key, { value, line, column }] of read.settings) {
      settings.set(key, { value, origin: { source: layer, where: `${path}:${line}:${column}` } });
    }
  }
  for (const [key, { value, variable }] of readEnvironment(env)) {
    settings.set(key, { value, origin: { source: 'env', where: variable } });
  }
  for (const [key, { value, flag }] of Object.entries(options.flags ?? {})) {
    settings.set(key, { value, origin: { source: 'flag', where: flag } });
  }
  return {
    config: freeze(assemble(settings, projectRoot, env)),
    values: new Map([...settings].map(([key, { value }]) => [key, value])),
    origins: new Map([...settings].map(([key, { origin }]) => [key, origin])),
    files,
    problems,
  };
}

function configFiles(
  cwd: string,
  root: string,
  given: string | undefined,
  env: Environment,
): LoadedConfig['files'] {
  const user = join(userFolders(env).config, CONFIG_FILE);
  const project = given === undefined ? join(root, PROJECT_FOLDER, CONFIG_FILE) : resolve(cwd, given);
  if (given !== undefined && !existsSync(project)) {
    throw new KeystoneError('CONFIG_MISSING', `there is no configuration file ${project}`, {
      exitCode: EXIT.usage,
      hint: 'check the path given with --config',
    });
  }
  return [
    { path: user, layer: 'user', found: existsSync(user) },
    { path: project, layer: 'project', found: existsSync(project) },
  ];
}

function defaults(): Settings {
  const settings: Settings = new Map();
  for (const { key, schema, entries } of CONFIG_KEYS) {
    if (entries !== undefined) continue;
    const value: unknown = key === 'concurrency' ? Math.max(1, cpus().length) * 4 : schema.default;
    settings.set(key, { value, origin: { source: 'default', where: '' } });
  }
  return settings;
}

function assemble(settings: Settings, projectRoot: string, env: Environment): Config {
  // The parsing edge: every value was checked against the schema of its key before it got here.
  const get = <T>(key: string): T => settings.get(key)?.value as T;
  const path = get<string>('storage.path');
  return {
    projectRoot,
    concurrency: get('concurrency'),
    pools: assemblePools(settings),
    storage: {
      path: isAbsolute(path) ? path : join(projectRoot, path),
      durability: get('storage.durability'),
      redactSecretsAtRest: get('storage.redactSecretsAtRest'),
      blobThresholdKb: get('storage.blobThresholdKb'),
      retention: { days: get('storage.retention.days'), keep: get('storage.retention.keep') },
    },
    wait: { foregroundMs: parseDurationMs(get<string | number>('wait.foreground')) ?? 0 },
    inspect: { port: get('inspect.port'), open: get('inspect.open') },
    ui: { refreshMs: get('ui.refreshMs'), color: get('ui.color') },
    ...readSections({
      get,
      entries: (key) => entriesOf(settings, key),
      folder: projectRoot,
    }),
    environment: Object.fromEntries(
      Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
  };
}

/** The settings below a mapping whose names the user chooses. */
function entriesOf<T>(settings: Settings, key: string): Record<string, T> {
  const found: Record<string, T> = {};
  for (const [path, { value }] of settings)
    if (path.startsWith(`${key}.`)) found[path.slice(key.length + 1)] = value as T;
  return found;
}

function assemblePools(settings: Settings): Config['pools'] {
  const written = entriesOf<number | { limit: number }>(settings, 'pools');
  return Object.fromEntries(
    Object.entries(written).map(([name, limit]) => [name, typeof limit === 'number' ? { limit } : limit]),
  );
}

function freeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) freeze(inner);
  return Object.freeze(value);
}
