/** A child run, and the choice of its outputs. */
import type { Static } from '@sinclair/typebox';
import { StepFailure } from '../../kernel/failure.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import type { StepContext, StepResult } from '../define.ts';
import type { workflowSchema } from './schema.ts';

type WorkflowFields = Static<typeof workflowSchema>;

/** @throws {StepFailure} OUTPUT_MISSING when the child has no output a mapping without default asks for; whatever made the child run fail. */
export async function runWorkflowStep(fields: WorkflowFields, ctx: StepContext): Promise<StepResult> {
  // Fields are JSON: they come from the plan by evaluation.
  const inputs = (fields.inputs ?? {}) as JsonObject;
  const { workflow, version, detach } = fields;
  const child = await ctx.runWorkflow({
    workflow,
    inputs,
    ...(version !== undefined && { version }),
    ...(detach === true && { detach }),
  });
  const { outputs } = child;
  const output =
    fields.outputMapping === undefined ? outputs : mapOutputs(fields.workflow, outputs, fields.outputMapping);
  return { output, raw: { runId: child.runId, version: child.version } };
}

function mapOutputs(
  workflow: string,
  outputs: JsonObject,
  mapping: NonNullable<WorkflowFields['outputMapping']>,
): JsonObject {
  return Object.fromEntries(
    Object.entries(mapping).map(([alias, source]) => {
      const from = typeof source === 'string' ? source : source.from;
      const value = at(outputs, from);
      if (value !== undefined) return [alias, value];
      if (typeof source !== 'string' && Object.hasOwn(source, 'default'))
        return [alias, source.default as Json];
      throw new StepFailure('OUTPUT_MISSING', missingText(workflow, outputs, alias, from), {
        details: { workflow, alias, from },
      });
    }),
  );
}

function missingText(workflow: string, outputs: JsonObject, alias: string, from: string): string {
  const names = Object.keys(outputs);
  const has = names.length === 0 ? 'it has no outputs' : `it has: ${names.join(', ')}`;
  return `workflow "${workflow}" gave no output "${from}", which outputMapping.${alias} asks for; ${has}. Give a default with {from: ${from}, default: …}`;
}

/** The value at a path of own properties, such as `report.files[0].name`; a key that is the whole path wins. */
function at(outputs: JsonObject, path: string): Json | undefined {
  if (Object.hasOwn(outputs, path)) return outputs[path];
  let value: Json | undefined = outputs;
  for (const part of path.match(/[^.[\]]+/g) ?? []) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, part)) return undefined;
    value = Array.isArray(value) ? value[Number(part)] : value[part];
  }
  return value;
}
