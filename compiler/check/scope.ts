/** The names in scope of an expression, by where it stands. */
import type { Reference } from '../expr/index.ts';
import type { ExpressionSite } from './expression-sites.ts';
import type { StepFacts } from './facts.ts';
import { UNSUPPORTED_ROOTS } from './language/not-supported.ts';
import { didYouMean } from './nearest.ts';

const EVERYWHERE = ['inputs', 'secrets', 'env', 'run', 'workflow'];
/** Names that results of kinds and failures commonly bring; a kind may have others. */
export const RESULT_NAMES = [
  'output',
  'outputs',
  'stdout',
  'stderr',
  'exitCode',
  'error',
  'status',
  'headers',
  'body',
  'attempt',
  'data',
  'event',
];
const HABITS: Readonly<Record<string, string>> = {
  matrix: 'the combination is "item", such as item.os',
  needs: 'write "steps"',
  github: 'the run is "run", the workflow "workflow"',
  loop: 'write "item" and "index"',
  process: 'write "env"',
  self: 'write "item"',
};

type RootProblem = { code: string; message: string; hint?: string | undefined } | undefined;

/** What is wrong with the first name of a reference, if anything. */
export function rootProblem(reference: Reference, site: ExpressionSite): RootProblem {
  const { root } = reference;
  const known = namesInScope(site);
  if (known.includes(root)) return undefined;
  if (UNSUPPORTED_ROOTS.has(root)) {
    return {
      code: 'NOT_SUPPORTED_YET',
      message: `"${root}" is known, but this version does not fill it yet`,
    };
  }
  if (site.role === 'deferred')
    return {
      code: 'UNKNOWN_NAME',
      message: `the execution of a tool sees "args" only, not "${root}"`,
      hint: 'what it needs is to be a parameter of the tool',
    };
  if (root === 'args')
    return {
      code: 'UNKNOWN_NAME',
      message: '"args" has a value in the execution of a tool, and in workflows with an input of that name',
    };
  if (root === 'item' || root === 'index') {
    const early =
      site.step?.iterates === true
        ? `in "${site.field}", which is evaluated before there are items`
        : 'outside "foreach" and "strategy.matrix"';
    return { code: 'ITEM_OUTSIDE_FOREACH', message: `"${root}" has no value ${early}` };
  }
  if (root === 'last_failed_step') {
    return {
      code: 'LAST_FAILED_OUTSIDE_ERRORS',
      message: '"last_failed_step" only has a value in "errors" and "finally"',
    };
  }
  if (root === 'steps') {
    return {
      code: 'UNREACHABLE_REFERENCE',
      message: `the workflow's "${site.field}" is evaluated before any step, so it cannot read "steps"`,
    };
  }
  if (root === 'env') {
    return {
      code: 'UNREACHABLE_REFERENCE',
      message: 'a variable of "env" cannot be made from another variable of the same "env"',
    };
  }
  const hint = (Object.hasOwn(HABITS, root) ? HABITS[root] : undefined) ?? didYouMean(root, known);
  if (isOpen(site) && hint === undefined) return undefined;
  return {
    code: 'UNKNOWN_NAME',
    message: `there is no "${root}" here`,
    hint: hint ?? `there are ${known.join(', ')}`,
  };
}

/** Only the kind knows every name its result or its event has. */
function isOpen(site: ExpressionSite): boolean {
  return site.role === 'transform' || site.role === 'own-expression';
}

function namesInScope(site: ExpressionSite): string[] {
  if (site.role === 'deferred') return ['args'];
  if (site.role === 'workflow')
    return site.field === 'env' ? EVERYWHERE.filter((name) => name !== 'env') : EVERYWHERE;
  const names = [...EVERYWHERE, 'steps', 'sent_back'];
  if (site.step === undefined) return names;
  if (hasItems(site.step) && site.role !== 'fan-out') names.push('item', 'index');
  if (site.step.block !== 'steps') names.push('last_failed_step');
  if (isOpen(site)) names.push(...RESULT_NAMES);
  if (site.role === 'retry.on') names.push('error');
  return names;
}

function hasItems(step: StepFacts): boolean {
  return step.undoes === undefined || step.undoes === 'workflow' ? step.iterates : step.undoes.iterates;
}
