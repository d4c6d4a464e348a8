/** What the schema cannot say of the fields of an llm step. */
import { type KindSpec, schemaProblems } from '#compiler';
import type { Json } from '../../kernel/json.ts';
import { STANDARD_TOOL_NAMES } from './standard-tools.ts';

export const checkLlm: NonNullable<KindSpec['check']> = ({ tools, useStandardTools }) => {
  if (!Array.isArray(tools)) return undefined;
  const names = new Set<Json>(
    useStandardTools === true ? STANDARD_TOOL_NAMES : Array.isArray(useStandardTools) ? useStandardTools : [],
  );
  for (const tool of tools) {
    if (tool === null || typeof tool !== 'object' || Array.isArray(tool)) continue;
    const { name = '', parameters, execution } = tool;
    if (names.has(name)) return { field: 'tools', message: `two tools are called ${JSON.stringify(name)}` };
    names.add(name);
    const problem = problemOf(parameters) ?? stepProblem(execution);
    if (problem !== undefined) return { field: 'tools', message: `tool ${JSON.stringify(name)}: ${problem}` };
  }
  return undefined;
};

function problemOf(parameters: Json | undefined): string | undefined {
  if (parameters === undefined) return undefined;
  const [problem] = schemaProblems(parameters);
  if (problem !== undefined)
    return `"parameters" is no JSON Schema: ${problem.keys.join('.')} ${problem.message}`;
  const type =
    parameters !== null && typeof parameters === 'object' && 'type' in parameters
      ? parameters.type
      : 'object';
  return type === 'object' ? undefined : '"parameters" must be of type object: models give arguments by name';
}

function stepProblem(execution: Json | undefined): string | undefined {
  if (execution === null || typeof execution !== 'object' || Array.isArray(execution)) return undefined;
  const stray = ['id', 'needs', 'if'].find((field) => Object.hasOwn(execution, field));
  return stray === undefined ? undefined : `"execution" is one step by itself and has no "${stray}"`;
}
