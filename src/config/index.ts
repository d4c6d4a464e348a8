/** Configuration: the door for the app and its faces. */
export type { Config, Origin, OriginSource } from './config.ts';
export { ConfigError, type ConfigFileProblems } from './config-error.ts';
export { parseDurationMs } from './duration.ts';
export { environmentColor, isDumbTerminal } from './environment-color.ts';
export { CONFIG_KEYS, type ConfigKey, PLANNED_KEYS } from './keys.ts';
export { examineConfig, type LoadedConfig, type LoadOptions, loadConfig } from './load-config.ts';
export { type ConfigMove, type MovedConfig, planMove } from './migrate-config.ts';
export {
  CONFIG_FILE,
  findProjectRoot,
  PROJECT_FOLDER,
  type UserFolders,
  userFolders,
} from './project-root.ts';
export { configSchema } from './schema.ts';
export { writeMove } from './write-move.ts';
