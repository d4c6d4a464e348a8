/** The `llm` kind: a conversation with a model, which may use tools and answer as data. */
import { defineStep, type Permission } from '../define.ts';
import { checkLlm } from './check.ts';
import { runLlm } from './run.ts';
import { llmSchema } from './schema.ts';
import { STANDARD_STEP_TOOLS, STANDARD_TOOL_NAMES } from './standard-tools.ts';

export const llm = defineStep({
  kind: 'llm',
  summary: 'Asks a model, which may use tools; a crash or retry pays for no turn twice.',
  schema: llmSchema,
  inferredBy: ['prompt', 'agent'],
  // What its tools run takes slots of its own; holding one meanwhile, steps could wait for each other for ever.
  takesSlot: false,
  deferredFields: ['tools'],
  rawNames: ['usage', 'turns', 'model', 'provider'],
  check: checkLlm,
  run: runLlm,
  describe: ({ agent, model, provider, prompt }) => {
    const who = [agent, model, provider].filter((name) => name !== undefined).join(', ');
    return `ask ${who || 'the default model'}: ${prompt.split('\n')[0]}`;
  },
  permissions: ({ model, provider, agent, tools, useStandardTools }) => [
    {
      to: 'model',
      what: String(
        model ?? provider ?? (agent === undefined ? 'the default model' : `that of agent ${agent}`),
      ),
    },
    ...(Array.isArray(tools) ? tools : []).map(permissionOf),
    ...standardPermissions(useStandardTools),
  ],
});

function permissionOf(tool: unknown): Permission {
  const execution = Object(Object(tool).execution) as Record<string, unknown>;
  const { run, url, type, path } = execution;
  if (typeof run === 'string') return { to: 'run', what: run };
  if (typeof url === 'string') return { to: 'connect', what: url };
  if (type === 'file') return { to: 'write', what: String(path) };
  return { to: 'run', what: `a step of kind ${String(type)}` };
}

function standardPermissions(given: unknown): Permission[] {
  const names: unknown[] = given === true ? STANDARD_TOOL_NAMES : Array.isArray(given) ? given : [];
  const changing = new Set<unknown>(STANDARD_STEP_TOOLS.map(({ name }) => name));
  const granted: Record<string, Permission> = {
    run_command: { to: 'run', what: 'any command the model chooses' },
    fetch: { to: 'connect', what: 'any host the model chooses' },
  };
  return [
    ...(names.some((name) => !changing.has(name)) ? [{ to: 'read' as const, what: '.' }] : []),
    ...(names.includes('write_file') || names.includes('append_file')
      ? [{ to: 'write' as const, what: '.' }]
      : []),
    ...names.flatMap((name) => granted[String(name)] ?? []),
  ];
}
