/** What the kinds of steps get from this project: their section of the configuration, and services with a state of their own. */
import type { RunPorts } from '../runtime/index.ts';
import type { StepServices } from '../steps/define.ts';
import type { SessionOptions } from './session-options.ts';

export function kindPorts(options: SessionOptions): Pick<RunPorts, 'configOf' | 'services'> {
  const { config } = options.project;
  return {
    configOf: (section) => Object.entries(config).find(([name]) => name === section)?.[1],
    services: stepServices(options),
  };
}

/** Members are made when they are first used. */
function stepServices(_options: SessionOptions): StepServices {
  return {};
}
