/** Finds the agents of a project: `agents/<name>.md` beside the workflow, then `.keystone/agents/<name>.md`. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { nearest } from '#compiler';
import { StepFailure } from '../kernel/failure.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { AgentFile, AgentService } from '../services/agents/agent-service.ts';
import type { SessionOptions } from './session-options.ts';
import { labelOf } from './workflow-files.ts';

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
const FRONT_MATTER = /^\uFEFF?---\r?\n([\s\S]*?)(?:\r?\n)?---[ \t]*(?:\r?\n|$)([\s\S]*)$/;

export function agentService({ project, workflow }: SessionOptions): AgentService {
  const folders = [
    ...(workflow.file === undefined ? [] : [path.join(path.dirname(workflow.file), 'agents')]),
    path.join(project.root, '.keystone', 'agents'),
  ];
  return {
    async find(name) {
      if (NAME.test(name))
        for (const folder of folders) {
          const file = path.join(folder, `${name}.md`);
          const text = await readFile(file, 'utf8').catch(ignoreMissing);
          if (text !== undefined) return agentOf(name, labelOf(project, file), text);
        }
      throw await unknownAgent(
        name,
        folders,
        folders.map((folder) => labelOf(project, folder)),
      );
    },
  };
}

function agentOf(name: string, label: string, text: string): AgentFile {
  const [, head, body] = FRONT_MATTER.exec(text) ?? [undefined, '', text];
  return { name, label, frontMatter: frontMatterOf(label, head ?? ''), body: (body ?? '').trim() };
}

function frontMatterOf(label: string, text: string): JsonObject {
  let value: unknown;
  try {
    value = parse(text) ?? {};
  } catch (error) {
    throw invalid(label, (error as Error).message.split('\n')[0] ?? '');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(label, 'it must be a map, such as "model: gpt-5-mini"');
  return value as JsonObject;
}

const invalid = (label: string, why: string): StepFailure =>
  new StepFailure('AGENT_INVALID', `the front matter of ${label} cannot be read: ${why}`);

async function unknownAgent(
  name: string,
  folders: readonly string[],
  labels: readonly string[],
): Promise<StepFailure> {
  const listed = await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])));
  const names = [...new Set(listed.flat())]
    .filter((file) => file.endsWith('.md'))
    .map((file) => file.slice(0, -'.md'.length))
    .sort();
  const near = nearest(name, names);
  const hint =
    near !== undefined
      ? `did you mean "${near}"?`
      : names.length > 0
        ? `there are ${names.join(', ')}`
        : `write ${labels.at(-1)}/${name}.md`;
  return new StepFailure('UNKNOWN_AGENT', `there is no agent ${JSON.stringify(name)}; ${hint}`);
}

function ignoreMissing(error: unknown): undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
}
