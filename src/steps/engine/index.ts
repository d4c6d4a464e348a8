/** The `engine` kind: hands work over to an outside tool that the configuration allows. */
import { defineStep } from '../define.ts';
import { allowedEngine, type EnginesConfig } from './allowed.ts';
import { runEngine } from './run.ts';
import { engineSchema } from './schema.ts';

export const engine = defineStep<typeof engineSchema, EnginesConfig>({
  kind: 'engine',
  summary: 'Runs an outside tool that the configuration allows and pins to a version, and reads its summary.',
  schema: engineSchema,
  config: 'engines',
  rawNames: ['stdout', 'stderr', 'exitCode'],
  run: runEngine,
  refuse({ command }, config) {
    if (typeof command !== 'string' || command.includes('${{')) return undefined;
    const engine = allowedEngine(command, config);
    return 'code' in engine ? engine : undefined;
  },
  describe: ({ command, args = [], cwd }) => `engine ${[command, ...args].join(' ')} in ${cwd}`,
  permissions: ({ command, cwd }) => [
    { to: 'engine', what: String(command) },
    { to: 'write', what: String(cwd) },
  ],
});
