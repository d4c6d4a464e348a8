/** What the kinds of steps get from this project: their section of the configuration, and services with a state of their own. */
import type { RunPorts } from '../runtime/index.ts';
import { createLlmService } from '../services/llm/llm-service.ts';
import type { StepServices } from '../steps/define.ts';
import { playMock } from './play-mock.ts';
import { runToolLoop } from './run-tool-loop.ts';
import type { SessionOptions } from './session-options.ts';
import { agentService } from './step-agents.ts';
import { artifactService } from './step-artifacts.ts';
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
  const { config } = options.project;
  const { providers, environment } = config;
  learnKeys(options);
  return {
    artifacts: artifactService(options),
    memory: memoryService(options),
    llm: createLlmService({
      providers,
      defaultProvider: config.default_provider,
      modelMappings: config.model_mappings,
      environment,
      playMock,
    }),
    toolLoop: runToolLoop,
    agents: agentService(options),
  };
}

/** Shorter ones are no keys but what a server without keys is told. */
const SHORTEST_KEY = 12;

/** Keys of providers are secrets of every run: an error of a provider may quote one. */
function learnKeys({ project, redactor }: SessionOptions): void {
  const { providers, environment } = project.config;
  redactor.learn(
    Object.values(providers).flatMap(({ name, apiKey, apiKeyEnv }): [string, string][] => {
      const key = apiKeyEnv === undefined ? apiKey : environment[apiKeyEnv];
      if (key === undefined || key.length < SHORTEST_KEY) return [];
      return [[apiKeyEnv === undefined ? `providers.${name}` : `secrets.${apiKeyEnv}`, key]];
    }),
  );
}
