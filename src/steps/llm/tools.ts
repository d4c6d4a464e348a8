/** The tools of a conversation: what the model is told of them, and what happens when it calls one. */
import { nearest, validateValue } from '#compiler';
import { StepFailure } from '../../kernel/failure.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import type { ToolCall, ToolSpec } from '../../services/llm/chat.ts';
import type { StepContext } from '../define.ts';
import type { Briefing } from './briefing.ts';
import type { ToolResult } from './conversation.ts';
import { readingTools } from './reading-tools.ts';
import { READING_TOOLS, type ReadingToolName, STANDARD_STEP_TOOLS, type StepTool } from './standard-tools.ts';

interface ReadingTool extends ToolSpec {
  name: ReadingToolName;
}
type Tool = StepTool | ReadingTool;

/** A call whose arguments are fine, or what the model is told instead. */
export type Checked = { tool: Tool; args: JsonObject } | { refused: string };

export const isStepTool = (tool: Tool): tool is StepTool => 'execution' in tool;

export class Tools {
  readonly #byName: ReadonlyMap<string, Tool>;

  constructor({ standardTools, ownTools }: Briefing) {
    const standard: Tool[] = [...READING_TOOLS, ...STANDARD_STEP_TOOLS].filter(({ name }) =>
      standardTools.includes(name),
    );
    const own = ownTools.map((tool): Tool => {
      const parameters = (tool.parameters ?? {}) as JsonObject;
      return {
        ...tool,
        parameters: { type: 'object', ...parameters },
        execution: tool.execution as JsonObject,
      };
    });
    this.#byName = new Map([...standard, ...own].map((tool) => [tool.name, tool]));
  }

  get specs(): ToolSpec[] {
    return [...this.#byName.values()].map(({ name, description, parameters }) => ({
      name,
      description,
      parameters,
    }));
  }

  /** What the model wrote is checked before anything is done with it. */
  check(call: ToolCall): Checked {
    const tool = this.#byName.get(call.name);
    if (tool === undefined) return { refused: this.#unknown(call.name) };
    let args: Json;
    try {
      args = JSON.parse(call.arguments === '' ? '{}' : call.arguments);
    } catch (error) {
      return { refused: `the arguments are no JSON: ${(error as Error).message}` };
    }
    if (typeof args !== 'object' || args === null || Array.isArray(args))
      return { refused: 'the arguments must be a JSON object' };
    const problems = validateValue(tool.parameters, args);
    if (problems.length === 0) return { tool, args };
    return {
      refused: `the arguments do not fit: ${problems.map(({ path, message }) => `${path || 'they'} ${message}`).join('; ')}`,
    };
  }

  #unknown(name: string): string {
    const names = [...this.#byName.keys()];
    const near = nearest(name, names);
    const hint = near === undefined ? `there are ${names.join(', ') || 'none'}` : `did you mean ${near}?`;
    return `there is no tool ${JSON.stringify(name)}; ${hint}`;
  }
}

/** Trouble of the tool is for the model to read; everything else ends the step. */
export async function useReadingTool(
  { name }: ReadingTool,
  args: JsonObject,
  ctx: StepContext,
): Promise<ToolResult> {
  try {
    return { content: await readingTools[name](args, ctx) };
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (error instanceof StepFailure || (error instanceof Error && 'code' in error))
      return { content: error.message, isError: true };
    throw error;
  }
}

/**
 * The step of a tool, in a run of its own.
 * @param key the same over all attempts, so that it is found again
 * @throws {StepFailure} when it could not be begun, or was canceled: nothing the model could mend.
 */
export async function runStepTool(
  tool: StepTool,
  args: JsonObject,
  key: string,
  ctx: StepContext,
): Promise<ToolResult> {
  const source = JSON.stringify({
    name: `tool-${tool.name}`,
    inputs: { args: { type: 'object' } },
    outputs: tool.outputs ?? { output: '${{ steps.call.output }}' },
    steps: [{ ...tool.execution, id: 'call' }],
  });
  try {
    const { outputs } = await ctx.runWorkflow({
      workflow: `tool ${tool.name}`,
      key,
      source,
      inputs: { args },
    });
    return { content: textOf(tool.outputs === undefined ? (outputs.output ?? null) : outputs) };
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (!(error instanceof StepFailure)) throw error;
    if (error.code !== 'WORKFLOW_FAILED' || error.details?.status !== 'failed') throw error;
    return { content: error.message.replace(/^run \S+ of \S+ ended failed: /, ''), isError: true };
  }
}

const textOf = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));
