/** The context commands get: configuration and app are loaded when first asked for, and only then. */
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { type LoadedConfig, loadConfig } from '../config/index.ts';
import type { AppApi } from './app-api.ts';
import type { CommandContext } from './command.ts';
import type { Options } from './options.ts';
import type { Streams, Terminal } from './terminal.ts';

/** What a process gives the command line; tests give their own. */
export interface World {
  streams: Streams;
  /** Folder the process was started in. */
  cwd: string;
  /** Imports the app layer: the expensive part. */
  loadApp(): Promise<AppApi>;
}

export function createContext(world: World, options: Options, terminal: Terminal): CommandContext {
  const cwd = resolve(world.cwd, options.text('cwd') ?? '.');
  let loaded: LoadedConfig | undefined;
  const config = (): LoadedConfig => {
    loaded ??= loadConfig({ cwd, ...configFlags(options) });
    terminal.useColor(loaded.config.ui.color);
    return loaded;
  };
  return {
    terminal,
    cwd,
    config,
    async open() {
      const settings = config().config;
      const app = await world.loadApp();
      return { app, project: await app.openProject({ cwd, config: settings }) };
    },
    readStdin: () => text(world.streams.stdin),
  };
}

/** How the global options enter the configuration. */
export function configFlags(
  options: Options,
): Pick<Parameters<typeof loadConfig>[0] & object, 'configFile' | 'flags'> {
  const configFile = options.text('config');
  return {
    ...(configFile === undefined ? {} : { configFile }),
    flags: options.off('color') ? { 'ui.color': { value: 'never', flag: '--no-color' } } : {},
  };
}
