/** What the kinds of steps get from this project: their section of the configuration, and services with a state of their own. */
import type { RunPorts } from '../runtime/index.ts';
import type { StepServices } from '../steps/define.ts';
import type { SessionOptions } from './session-options.ts';
import { memoryService } from './step-memory.ts';

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

/** What costs something is opened when it is first used. */
function stepServices(options: SessionOptions): StepServices {
  return { memory: memoryService(options) };
}
