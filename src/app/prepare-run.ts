/** From a request to everything a run needs: compiled plan, checked inputs, secrets and their redactor, pinned facts. */

import { createHash, randomUUID } from 'node:crypto';
import { compile, nearest, type Plan, validateValue } from '#compiler';
import { EXIT } from '../kernel/exit-codes.ts';
import { KeystoneError } from '../kernel/failure.ts';
import type { JsonObject } from '../kernel/json.ts';
import { DiagnosticsError } from './diagnostics-error.ts';
import type { Project } from './project.ts';
import type { WorkflowFile } from './workflow-files.ts';

export interface CompiledWorkflow extends WorkflowFile {
  plan: Plan;
  planHash: string;
  sourceHash: string;
}

/** @throws {DiagnosticsError} with all problems at once. */
export function compileWorkflow(project: Project, found: WorkflowFile): CompiledWorkflow {
  const compiled = compile(found.source, {
    catalog: project.kinds,
    pools: Object.keys(project.config.pools),
  });
  if (!compiled.ok) throw new DiagnosticsError(found.label, found.source, compiled.diagnostics);
  return {
    ...found,
    plan: compiled.plan,
    planHash: compiled.planHash,
    sourceHash: hashOfSource(found.source),
  };
}

/** By which a run knows the text it began with. */
export const hashOfSource = (source: string): string => createHash('sha256').update(source).digest('hex');

/**
 * The run's inputs: given values, then defaults, all checked against the workflow's `inputs`.
 * @throws {KeystoneError} INPUTS with every problem: unknown names, missing ones, wrong values (secret values are not quoted).
 */
export function resolveInputs(plan: Plan, given: JsonObject): JsonObject {
  const problems: string[] = [];
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(plan.inputs, name)) continue;
    const similar = nearest(name, Object.keys(plan.inputs));
    problems.push(
      `"${name}" is no input of ${plan.name}${similar === undefined ? '' : `; did you mean "${similar}"?`}`,
    );
  }
  const inputs: JsonObject = {};
  for (const [name, spec] of Object.entries(plan.inputs)) {
    const value = Object.hasOwn(given, name) ? given[name] : spec.default;
    if (value === undefined) {
      if (spec.required)
        problems.push(
          `input "${name}" is missing${spec.description === undefined ? '' : ` (${spec.description})`}`,
        );
      else inputs[name] = null;
      continue;
    }
    inputs[name] = value;
    for (const { path, message } of validateValue(spec.schema, value)) {
      problems.push(
        `input "${name}"${path === '' ? '' : `: ${path}`} ${message}${spec.secret ? '' : `, not ${JSON.stringify(value)}`}`,
      );
    }
  }
  if (problems.length > 0) {
    throw new KeystoneError('INPUTS', problems.join('\n'), {
      exitCode: EXIT.usage,
      hint: inputHint(plan, given),
    });
  }
  return inputs;
}

function inputHint(plan: Plan, given: JsonObject): string {
  const missing = Object.entries(plan.inputs)
    .filter(([name, spec]) => spec.required && !Object.hasOwn(given, name))
    .map(([name]) => `-i ${name}=…`);
  return missing.length === 0
    ? `inputs of ${plan.name}: ${Object.keys(plan.inputs).join(', ') || 'none'}`
    : `give ${missing.join(' ')}`;
}

/** Names of the secret inputs a run was begun with: going on needs them again, since no value is stored. */
export const secretsGiven = (plan: Plan, inputs: JsonObject): string[] =>
  Object.entries(plan.inputs)
    .filter(([name, spec]) => spec.secret && ![null, '', spec.default].includes(inputs[name] as never))
    .map(([name]) => name);

/** Inputs as the store may hold them: without the secret ones. */
export function publicInputs(plan: Plan, inputs: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => plan.inputs[name]?.secret !== true));
}

/** Source of a run's uuids. */
export const newSeed = (): string => randomUUID();
