/** Every name an expression begins with exists there, and so does the input, variable or step it goes on with. */
import type { Reference } from '../../expr/index.ts';
import { BLOCK_NAMES, type BlockName } from '../../plan.ts';
import type { CheckContext } from '../context.ts';
import type { ExpressionSite } from '../expression-sites.ts';
import { didYouMean } from '../nearest.ts';
import { referenceSpan } from '../reference-span.ts';
import { rootProblem } from '../scope.ts';

type Finding = { code: string; message: string; hint?: string | undefined } | undefined;

export function references(context: CheckContext): void {
  for (const site of context.sites) {
    for (const reference of site.references) {
      const finding = rootProblem(reference, site, context.facts) ?? memberProblem(reference, site, context);
      if (finding === undefined) continue;
      context.report({
        ...finding,
        span: referenceSpan(context.doc.source, { site, reference }),
        path: site.path,
      });
    }
  }
}

function memberProblem(reference: Reference, site: ExpressionSite, context: CheckContext): Finding {
  const [first] = reference.path;
  if (typeof first !== 'string') return undefined;
  switch (reference.root) {
    case 'inputs':
      if (context.facts.inputs.has(first)) return undefined;
      return {
        code: 'UNKNOWN_INPUT',
        message: `there is no input "${first}"`,
        hint:
          didYouMean(first, context.facts.inputs.keys()) ??
          `declare it: "inputs: { ${first}: { type: string } }"`,
      };
    case 'env':
      return envProblem(first, site, context);
    case 'run':
      return knownMember('run', first, RUN_MEMBERS);
    case 'steps':
      return stepProblem(first, site, context) ?? stepMemberProblem(reference);
    default:
      return undefined;
  }
}

function envProblem(name: string, site: ExpressionSite, { facts }: CheckContext): Finding {
  const own = site.step?.node.entries.get('env')?.value;
  const names = new Set([...facts.env.keys(), ...(own?.type === 'map' ? own.entries.keys() : [])]);
  if (names.has(name)) return undefined;
  return {
    code: 'UNKNOWN_ENV',
    message: `neither the workflow nor the step has "${name}" in its "env"`,
    hint:
      didYouMean(name, names) ?? 'variables of the process environment come in through "secrets" or an input',
  };
}

/** Blocks whose steps have run, or may have, when a step of the given block runs. */
const VISIBLE: Readonly<Record<BlockName, readonly BlockName[]>> = {
  steps: ['steps'],
  errors: ['errors', 'steps'],
  finally: ['finally', 'steps', 'errors'],
};

function stepProblem(id: string, site: ExpressionSite, { facts }: CheckContext): Finding {
  const { step } = site;
  if (
    step !== undefined &&
    step.undoes === undefined &&
    step.id === id &&
    facts.ids[step.block].get(id) === step
  ) {
    return {
      code: 'SELF_REFERENCE',
      message: `step "${id}" refers to itself`,
      hint: site.role === 'transform' ? 'the raw result is "output"' : undefined,
    };
  }
  const visible = VISIBLE[step?.block ?? 'steps'];
  if (visible.some((block) => facts.ids[block].has(id))) return undefined;
  const other = BLOCK_NAMES.find((block) => facts.ids[block].has(id));
  if (other !== undefined) {
    const where = step === undefined ? `"${site.field}"` : `a step of "${step.block}"`;
    return {
      code: 'UNREACHABLE_REFERENCE',
      message: `"${id}" is a step of "${other}", which has not run when ${where} is evaluated`,
    };
  }
  return {
    code: 'UNKNOWN_STEP',
    message: `there is no step "${id}"`,
    hint: didYouMean(
      id,
      visible.flatMap((block) => [...facts.ids[block].keys()]),
    ),
  };
}

const STEP_MEMBERS = [
  'output',
  'outputs',
  'status',
  'outcome',
  'error',
  'exitCode',
  'attempts',
  'startedAt',
  'durationMs',
  'skipReason',
  'items',
];
const RUN_MEMBERS = ['id', 'name', 'startedAt', 'attempt'];

function stepMemberProblem(reference: Reference): Finding {
  const member = reference.path[1];
  return typeof member === 'string'
    ? knownMember(`steps.${String(reference.path[0])}`, member, STEP_MEMBERS)
    : undefined;
}

function knownMember(owner: string, member: string, known: readonly string[]): Finding {
  if (known.includes(member)) return undefined;
  const output = owner.startsWith('steps.') ? `; what the step made is in "${owner}.output"` : '';
  return {
    code: 'UNKNOWN_PROPERTY',
    message: `${owner} has no "${member}"${output}`,
    hint: didYouMean(member, known) ?? `it has ${known.join(', ')}`,
  };
}
