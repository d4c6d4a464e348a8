/** Every name an expression begins with exists there, and so does the input, variable or step it goes on with. */

import type { StepCatalog } from '../../catalog.ts';
import type { Reference } from '../../expr/index.ts';
import { BLOCK_NAMES, type BlockName } from '../../plan.ts';
import { child } from '../../read/source-doc.ts';
import type { CheckContext, Problem } from '../context.ts';
import type { ExpressionSite } from '../expression-sites.ts';
import { commonStepFields } from '../language/step.ts';
import { didYouMean } from '../nearest.ts';
import { referenceSpan } from '../reference-span.ts';
import { RESULT_NAMES, rootProblem } from '../scope.ts';

/** As variables of an environment are called. */
const SECRET_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

type Finding = Pick<Problem, 'code' | 'message' | 'hint' | 'severity'> | undefined;

export function references(context: CheckContext): void {
  for (const site of context.sites) {
    for (const reference of site.references) {
      if (reference.maybe === true || isArgsInput(reference, context)) continue;
      const finding = rootProblem(reference, site) ?? memberProblem(reference, site, context);
      if (finding === undefined) continue;
      context.report({
        ...finding,
        span: referenceSpan(context.doc.source, { site, reference }),
        path: site.path,
      });
    }
  }
}

/** `args` is short for `inputs.args`. */
const isArgsInput = ({ root }: Reference, { facts }: CheckContext): boolean =>
  root === 'args' && facts.inputs.has('args');

function memberProblem(reference: Reference, site: ExpressionSite, context: CheckContext): Finding {
  const [first] = reference.path;
  if (reference.root === 'steps' && first === undefined) return unnamedStep(site);
  if (reference.root === 'secrets') return secretProblem(reference);
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
      return memberOf('run', first, RUN_MEMBERS);
    case 'workflow':
      return memberOf('workflow', first, WORKFLOW_MEMBERS);
    case 'steps':
      return stepProblem(first, site, context) ?? stepMemberProblem(reference, context.catalog);
    default:
      return undefined;
  }
}

/** Secrets are fetched before the run by the names that are written, and by no others. */
function secretProblem({ path: [name, member] }: Reference): Finding {
  if (typeof name !== 'string')
    return {
      code: 'SECRET_NAME',
      message: 'the name of a secret must be written out, since only secrets that are named are fetched',
      hint: 'write secrets.NAME',
    };
  if (!SECRET_NAME.test(name))
    return {
      code: 'SECRET_NAME',
      message: `"${name}" cannot be the name of a secret`,
      hint: 'letters, digits and "_", as in the name of a variable',
    };
  if (member === undefined) return undefined;
  return {
    code: 'UNKNOWN_PROPERTY',
    message: `secrets.${name} is text; it has no "${String(member)}"`,
    hint: `for a secret that holds JSON: (secrets.${name}|fromJson).${String(member)}`,
  };
}

/** A reference that names no step adds no need, so that it may well find nothing yet. */
function unnamedStep({ step }: ExpressionSite): Finding {
  if (step === undefined || step.undoes !== undefined || step.block !== 'steps' || step.needs.length > 0)
    return undefined;
  return {
    severity: 'warning',
    code: 'UNNAMED_STEP',
    message: 'which step this reads is only known at run time, so the step does not wait for it',
    hint: 'name the steps it may be in "needs"',
  };
}

/** Variables of a step's own `env` are only there for the kind's own fields. */
function envProblem(name: string, site: ExpressionSite, { facts }: CheckContext): Finding {
  const { step } = site;
  const own = child(step?.node, 'env');
  const ownNames = own?.type === 'map' ? [...own.entries.keys()] : [];
  const seesOwn = !Object.hasOwn(commonStepFields, site.field) && site.role !== 'retry.on';
  const names = [...facts.env.keys(), ...(seesOwn ? ownNames : [])];
  if (names.includes(name)) return undefined;
  if (ownNames.includes(name)) {
    return {
      code: 'UNKNOWN_ENV',
      message: `"${site.field}" cannot read "${name}": a step's own "env" is there for its ${step?.kind?.kind ?? 'own'} fields only`,
      hint: 'give the variable in the "env" of the workflow',
    };
  }
  return {
    code: 'UNKNOWN_ENV',
    message: `no "env" of this file has "${name}"`,
    hint:
      didYouMean(name, names) ??
      'a variable of your shell comes in as an input, or is read by the command itself',
  };
}

/** Blocks whose steps an expression of the given block can read. */
const VISIBLE: Readonly<Record<BlockName, readonly BlockName[]>> = {
  steps: ['steps'],
  errors: ['errors', 'steps'],
  finally: ['finally', 'steps'],
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
      message: `"${id}" is a step of "${other}", which ${where} cannot read`,
      hint: step?.block === 'steps' ? `"${other}" runs after every step of "steps"` : undefined,
    };
  }
  return {
    code: 'UNKNOWN_STEP',
    message: `there is no step "${id}"`,
    hint: () =>
      didYouMean(
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
const WORKFLOW_MEMBERS = ['name', 'version'];

/** Kinds may add raw results of their own, such as `stdout`, so that a name like no known one may still exist. */
function stepMemberProblem(reference: Reference, catalog: StepCatalog): Finding {
  const member = reference.path[1];
  const raw = [...catalog.values()].flatMap(({ rawNames }) => rawNames ?? []);
  const known = [...STEP_MEMBERS, ...RESULT_NAMES, ...raw];
  if (typeof member !== 'string' || known.includes(member)) return undefined;
  const owner = `steps.${String(reference.path[0])}`;
  const hint = didYouMean(member, known);
  return {
    code: 'UNKNOWN_PROPERTY',
    severity: hint === undefined ? 'warning' : 'error',
    message: `${owner} has no "${member}"; what the step made is in "${owner}.output"`,
    hint: hint ?? `it has ${STEP_MEMBERS.join(', ')}`,
  };
}

function memberOf(owner: string, member: string, known: readonly string[]): Finding {
  if (known.includes(member)) return undefined;
  const hint = didYouMean(member, known) ?? `it has ${known.join(', ')}`;
  return { code: 'UNKNOWN_PROPERTY', message: `"${owner}" has no "${member}"`, hint };
}
