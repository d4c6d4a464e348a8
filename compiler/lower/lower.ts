/** A checked workflow → its Plan. Only called when no rule found an error, so shapes are taken as given. */
import type { StepFacts, WorkflowFacts } from '../check/facts.ts';
import type { ImpliedNeeds } from '../check/implied-needs.ts';
import type { Json } from '../json.ts';
import { type BlockName, PLAN_FORMAT, type Plan, type StepPlan } from '../plan.ts';
import { child, toJson } from '../read/source-doc.ts';
import {
  booleanAt,
  concurrencyAt,
  durationAt,
  jsonObjectAt,
  numberAt,
  optional,
  schemaAt,
  textAt,
} from './fields.ts';
import { lowerInputs } from './inputs.ts';
import { lowerStep } from './step.ts';

export function lower(
  facts: WorkflowFacts,
  implied: ImpliedNeeds,
  secrets: NonNullable<Plan['secrets']> = {},
): Plan {
  const compensationOf = new Map(facts.compensations.map((undo) => [undo.undoes, undo]));
  const block = (name: BlockName): StepPlan[] =>
    facts.blocks[name].map((step: StepFacts) =>
      lowerStep(step, implied.get(step) ?? [], compensationOf.get(step)),
    );
  const { root } = facts;
  const own = compensationOf.get('workflow');
  const version = child(root, 'version');
  return {
    format: PLAN_FORMAT,
    name: textAt(root, 'name') ?? '',
    ...optional('description', textAt(root, 'description')),
    ...optional('version', version === undefined ? undefined : toJson(version)),
    inputs: lowerInputs(facts.inputs),
    ...optional('secrets', Object.keys(secrets).length === 0 ? undefined : secrets),
    outputs: jsonObjectAt(root, 'outputs') ?? {},
    ...optional('outputSchema', schemaAt(root, 'outputSchema')),
    env: Object.fromEntries([...facts.env.values()].map(({ key, value }) => [key, toJson(value)])),
    ...optional('concurrency', concurrencyAt(root)),
    pools: lowerPools(facts),
    ...optional('timeoutMs', durationAt(root, 'timeout')),
    onOverlap: overlapPolicy(textAt(root, 'on_overlap')),
    onFailure: failurePolicy(textAt(root, 'on_failure')),
    ...optional('retention', retentionOf(child(root, 'retention'))),
    tags: tagsOf(child(root, 'tags')),
    blocks: { steps: block('steps'), errors: block('errors'), finally: block('finally') },
    ...optional('compensate', own === undefined ? undefined : lowerStep(own, [], undefined)),
  };
}

const overlapPolicy = (text: string | undefined): Plan['onOverlap'] =>
  text === 'queue' || text === 'reject' || text === 'cancel-previous' ? text : 'allow';

function lowerPools(facts: WorkflowFacts): Plan['pools'] {
  const pools: Plan['pools'] = {};
  for (const { key, value } of facts.pools.values()) {
    const limit =
      value.type === 'map' ? numberAt(value, 'limit') : value.type === 'scalar' ? value.value : undefined;
    const priority = value.type !== 'map' || booleanAt(value, 'priority') !== false;
    pools[key] = { limit: typeof limit === 'number' ? limit : 1, priority };
  }
  return pools;
}

function retentionOf(node: ReturnType<typeof child>): Plan['retention'] {
  if (node?.type !== 'map') return undefined;
  return { ...optional('days', numberAt(node, 'days')), ...optional('keep', numberAt(node, 'keep')) };
}

function tagsOf(node: ReturnType<typeof child>): string[] {
  if (node?.type !== 'seq') return [];
  return node.items.map(toJson).filter((tag: Json) => typeof tag === 'string');
}

function failurePolicy(text: string | undefined): Plan['onFailure'] {
  return text === 'continue' || text === 'cancel' ? text : 'drain';
}
