/** The rules in the order they run. One file each; the order only matters to readers, as problems are sorted by place. */
import type { Rule } from './context.ts';
import { compensations } from './rules/compensations.ts';
import { expressionSyntax } from './rules/expression-syntax.ts';
import { fanOuts } from './rules/fan-outs.ts';
import { goingBack } from './rules/going-back.ts';
import { idempotency } from './rules/idempotency.ts';
import { inputs } from './rules/inputs.ts';
import { joins } from './rules/joins.ts';
import { jsonSchemas } from './rules/json-schemas.ts';
import { needCycles } from './rules/need-cycles.ts';
import { needs } from './rules/needs.ts';
import { pools } from './rules/pools.ts';
import { references } from './rules/references.ts';
import { secretOutputs } from './rules/secret-outputs.ts';
import { stepFields } from './rules/step-fields.ts';
import { stepIds } from './rules/step-ids.ts';
import { stepLists } from './rules/step-lists.ts';
import { stepTypes } from './rules/step-types.ts';
import { unusedInputs } from './rules/unused-inputs.ts';
import { workflowFields } from './rules/workflow-fields.ts';

export const RULES: readonly Rule[] = [
  workflowFields,
  inputs,
  stepLists,
  stepIds,
  stepTypes,
  stepFields,
  jsonSchemas,
  needs,
  needCycles,
  joins,
  goingBack,
  fanOuts,
  pools,
  compensations,
  idempotency,
  expressionSyntax,
  references,
  secretOutputs,
  unusedInputs,
];
