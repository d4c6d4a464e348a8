/** Which engines may be started: those the configuration names, and no shell under another name. */
import path from 'node:path';
import type { Refusal } from '../define.ts';

export interface AllowedEngine {
  command: string;
  version: string;
  versionArgs: readonly string[];
}

/** The section `engines` of the configuration. */
export interface EnginesConfig {
  allowlist: Readonly<Record<string, AllowedEngine>>;
  denylist: readonly string[];
}

export function allowedEngine(name: string, config: EnginesConfig): AllowedEngine | Refusal {
  const engine = Object.hasOwn(config.allowlist, name) ? config.allowlist[name] : undefined;
  if (engine === undefined) return notAllowed(name, config);
  const program = path.basename(engine.command).replace(/\.exe$/i, '');
  if (!config.denylist.includes(program)) return engine;
  return {
    code: 'ENGINE_DENIED',
    message: `engine "${name}" is the program "${program}", which engines.denylist forbids`,
    hint: `use a step of kind shell for "${program}", or take it off engines.denylist in .keystone/config.yaml`,
  };
}

function notAllowed(name: string, { allowlist }: EnginesConfig): Refusal {
  const known = Object.keys(allowlist);
  return {
    code: 'ENGINE_NOT_ALLOWED',
    message: `engine "${name}" is not allowed${known.length === 0 ? '; none is' : `; allowed are ${known.join(', ')}`}`,
    hint: `add it to .keystone/config.yaml:\nengines:\n  allowlist:\n    ${name}: { command: ${name}, version: "<what ${name} --version prints>" }`,
  };
}
