/** `engines:` the outside tools that steps of kind engine may start, each pinned to a version. */
import path from 'node:path';
import { Type } from '@sinclair/typebox';
import { group } from '../leaves.ts';
import { defineSection } from './section.ts';

export interface AllowedEngine {
  /** Program: a name on the PATH, or an absolute path; a relative one was written relative to the project's folder. */
  readonly command: string;
  /** Must stand in what the program prints when it is asked. */
  readonly version: string;
  /** How it is asked. @default ['--version'] */
  readonly versionArgs: readonly string[];
}

type WrittenEngine = Pick<AllowedEngine, 'command' | 'version'> & { versionArgs?: readonly string[] };

export interface EnginesConfig {
  /** By the name that steps use. */
  readonly allowlist: Readonly<Record<string, AllowedEngine>>;
  /** Programs that are never started, even when they are allowed by a name. */
  readonly denylist: readonly string[];
}

/** An engine is a tool with a purpose; with a shell anything could be run under its name. */
const SHELLS = ['sh', 'bash', 'dash', 'zsh', 'fish', 'ksh', 'pwsh', 'powershell', 'cmd'];

export const engines = defineSection<EnginesConfig>({
  schema: group(
    {
      allowlist: Type.Record(
        Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$' }),
        Type.Object(
          {
            command: Type.String({ minLength: 1 }),
            version: Type.String({ minLength: 1 }),
            versionArgs: Type.Optional(Type.Array(Type.String())),
          },
          { additionalProperties: false },
        ),
        {
          default: {},
          description:
            'Tools that engine steps may start, by the name they use: `codex: { command: codex, version: "1.2.3", versionArgs: [--version] }`. The version must stand in what `command` prints for `versionArgs` (default `--version`).',
        },
      ),
      denylist: Type.Array(Type.String({ minLength: 1 }), {
        default: SHELLS,
        description: 'Programs that are never started as an engine, whatever the allowlist says.',
      }),
    },
    'Steps of kind engine.',
  ),
  read: ({ get, entries, folder }) => ({
    allowlist: Object.fromEntries(
      Object.entries(entries<WrittenEngine>('engines.allowlist')).map(
        ([name, { command, version, versionArgs }]) => [
          name,
          {
            command: command.includes('/') ? path.resolve(folder, command) : command,
            version,
            versionArgs: versionArgs ?? ['--version'],
          },
        ],
      ),
    ),
    denylist: get('engines.denylist'),
  }),
});
