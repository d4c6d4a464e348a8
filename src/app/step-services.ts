/** What the kinds of steps get from this project: their section of the configuration, and services with a state of their own. */
import type { RunPorts } from '../runtime/index.ts';
import type { StepServices } from '../steps/define.ts';
import type { SessionOptions } from './session-options.ts';

export function kindPorts(options: SessionOptions): Pick<RunPorts, 'configOf' | 'readNotes' | 'services'> {
  const { project, engine, redactor, setup } = options;
  return {
    configOf: (section) => Object.entries(project.config).find(([name]) => name === section)?.[1],
    readNotes: async (path, epoch) => {
      const rows = await engine.store.notes.of(setup.runId, path, epoch);
      return rows.map((row) => ({ ...row, body: redactor.unseal(row.body) }));
    },
    services: stepServices(options),
  };
}

/** Members are made when they are first used. */
function stepServices(_options: SessionOptions): StepServices {
  return {};
}
