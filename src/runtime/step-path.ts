/**
 * Ledger paths: `build`, `test[3]`, `errors/notify`, `finally/clean[0]`, `compensate/deploy`. The one place that knows
 * their grammar.
 */
import type { BlockName, Plan, StepPlan } from '#compiler';
import type { LedgerBlock } from './ledger.ts';

export interface StepRef {
  path: string;
  step: StepPlan;
  block: LedgerBlock;
  /** Index of a foreach or matrix item. */
  item?: number;
  /** The path without `[item]`. */
  whole: string;
  /** For compensations: the path of the step that is undone. */
  undoes?: string;
  /** A `workflow` step without `compensate`: its undo is that of its child runs. */
  undoesChildren?: true;
}

const PATH = /^(?:(errors|finally|compensate)\/)?(.+?)(?:\[(\d+)\])?$/;

/** The path of a step of a block. */
export const stepPath = (block: BlockName, id: string): string => (block === 'steps' ? id : `${block}/${id}`);

/** Path the workflow's own `compensate` is recorded under, as if the whole workflow were a step. */
export const WORKFLOW_SCOPE = '(workflow)';

function undoOfChildren({ id, kind, span }: StepPlan): StepPlan {
  return {
    id,
    kind,
    needs: [],
    fields: {},
    onTimeout: 'fail',
    allowFailure: false,
    failFast: true,
    priority: 0,
    span,
    fieldSpans: {},
  };
}

/** Finds steps of a plan by path; answers are cached for steps, made anew for items. */
export class StepIndex {
  private readonly refs = new Map<string, StepRef>();

  constructor(private readonly plan: Plan) {
    for (const block of ['steps', 'errors', 'finally'] as const) {
      for (const step of plan.blocks[block]) {
        const path = stepPath(block, step.id);
        this.refs.set(path, { path, step, block, whole: path });
      }
    }
  }

  /** @throws Error for a path that no step of the plan has: a bug or a foreign row. */
  at(path: string): StepRef {
    const known = this.refs.get(path);
    if (known !== undefined) return known;
    if (path.startsWith('compensate/')) return this.compensation(path);
    const [, , , item] = PATH.exec(path) ?? [];
    const whole = item === undefined ? undefined : path.slice(0, path.lastIndexOf('['));
    const parent = whole === undefined ? undefined : this.refs.get(whole);
    if (parent === undefined || item === undefined)
      throw new Error(`no step at path "${path}" in workflow "${this.plan.name}"`);
    return { path, step: parent.step, block: parent.block, item: Number(item), whole: parent.whole };
  }

  has(path: string): boolean {
    return this.refs.has(path);
  }

  private compensation(path: string): StepRef {
    const undoes = path.slice('compensate/'.length);
    if (undoes === WORKFLOW_SCOPE && this.plan.compensate !== undefined) {
      return { path, step: this.plan.compensate, block: 'compensate', whole: path, undoes };
    }
    const target = this.at(undoes);
    const own = target.step.compensate;
    // A step without an undo of its own is armed only by child runs that can be undone.
    return {
      path,
      step: own ?? undoOfChildren(target.step),
      ...(own === undefined && { undoesChildren: true as const }),
      block: 'compensate',
      whole: path,
      undoes,
      ...(target.item === undefined ? {} : { item: target.item }),
    };
  }
}
