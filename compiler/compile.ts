/** The front half of the compiler: text in, Plan or diagnostics out. Pure and synchronous. */
import type { StepCatalog } from './catalog.ts';
import { checkDocument } from './check/check.ts';
import type { Diagnostic } from './diagnostic.ts';
import { MAX_REGIONS, SEGMENT_STEPS } from './emit/emitted.ts';
import { layOut } from './emit/layout.ts';
import { hashPlan } from './lower/hash.ts';
import { lower } from './lower/lower.ts';
import { BLOCK_NAMES, type Plan } from './plan.ts';
import { readSource } from './read/read.ts';
import { type ShapeTree, shapeOf } from './shape/tree.ts';
import { waysBack } from './shape/way-back.ts';

export interface CompileOptions {
  /** The kinds steps may have, plugins included. */
  catalog: StepCatalog;
  /** Names of pools configured beside the workflow's own. @default none */
  pools?: readonly string[];
  /** Makes warnings errors. @default false */
  strict?: boolean;
}

export type Compiled =
  /** The diagnostics are warnings. */
  | { ok: true; plan: Plan; planHash: string; diagnostics: Diagnostic[] }
  /** Everything wrong with the file, in source order; at least one is an error. */
  | { ok: false; diagnostics: Diagnostic[] };

/** Never throws for anything an author can write; every problem is a diagnostic, and all are given at once. */
export function compile(source: string, options: CompileOptions): Compiled {
  const read = readSource(source);
  if (read.doc === undefined) return { ok: false, diagnostics: read.diagnostics };
  const checked = checkDocument(read.doc, options);
  const diagnostics = [...read.diagnostics, ...checked.diagnostics].map((each) =>
    options.strict === true ? { ...each, severity: 'error' as const } : each,
  );
  if (checked.facts === undefined || diagnostics.some((each) => each.severity === 'error')) {
    return { ok: false, diagnostics };
  }
  const plan = lower(checked.facts, checked.implied, checked.secrets);
  const unreachable = blockedWaysBack(plan);
  if (unreachable.length > 0) return { ok: false, diagnostics: [...diagnostics, ...unreachable] };
  return { ok: true, plan, planHash: hashPlan(plan), diagnostics };
}

/** Whether a way back can be one transition only shows in the shape of the whole block. */
function blockedWaysBack(plan: Plan): Diagnostic[] {
  return BLOCK_NAMES.flatMap((block) => {
    const steps = plan.blocks[block];
    if (steps.every(({ backTo }) => backTo === undefined)) return [];
    const root = shapeOf(steps);
    return (root === undefined ? [] : blockedIn(root)).map(({ id, to, why }): Diagnostic => {
      const index = steps.findIndex((step) => step.id === id);
      return {
        severity: 'error',
        code: 'BAD_WAY_BACK',
        message: `"${id}" cannot send the run back to ${to === '' ? 'the beginning' : `"${to}"`}: ${why}`,
        hint: 'let the branches meet before it, in one step that needs them all',
        span: steps[index]!.span,
        path: `${block}[${index}]`,
      };
    });
  });
}

function blockedIn(root: ShapeTree): readonly { id: string; to: string; why: string }[] {
  const { targets, blocked } = waysBack(root);
  const { nodes, machineOf } = layOut(root, SEGMENT_STEPS);
  const apart = nodes.flatMap((node) => {
    const target = node.kind === 'leaf' ? targets.get(node.step.id) : undefined;
    if (node.kind !== 'leaf' || target === undefined || machineOf.get(node) === machineOf.get(target))
      return [];
    const why = `it is in one of more than ${MAX_REGIONS} branches at once`;
    return [{ id: node.step.id, to: node.step.backTo ?? '', why }];
  });
  return [...blocked, ...apart];
}
