/** What the compiler needs to know of a step kind. `src/steps/define.ts` extends it; plugins enter by the same door. */
import type { TObject } from '@sinclair/typebox';
import type { Reference } from './expr/index.ts';
import type { Json } from './json.ts';

export interface KindSpec {
  /** The value of `type`. */
  kind: string;
  /** One sentence for docs, completion and errors. */
  summary: string;
  /** The kind's own fields (never the common ones of every step), each with a `description`. */
  schema: TObject;
  /** The step may leave out `type` when all of these fields are given and no other kind's are. */
  inferredBy?: readonly string[];
  /** Own fields that are always expressions and may leave out the `${{ }}`. */
  expressionFields?: readonly string[];
  /** Own fields in which interpolated values are shell-quoted unless `|raw`. */
  shellQuotedFields?: readonly string[];
  /** A field that holds code in a language of its own, which reads the names of expressions itself; `${{ }}` is refused in it. */
  code?: CodeField;
  /** Own fields with steps of workflows the step writes itself: their templates are evaluated there, and see `args` only. */
  deferredFields?: readonly string[];
  /** False for kinds that only wait or delegate, so that they hold no concurrency slot. @default true */
  readonly takesSlot?: boolean;
  /**
   * Whether a step with these fields, as written, changes anything outside the run. Proofs list effects that nothing undoes.
   * @default true; false for kinds the statechart interprets itself: those with a `control` other than `workflow`
   */
  hasEffect?(fields: Readonly<Record<string, Json>>): boolean;
  /** Names of raw results beside the common ones, readable as `steps.<id>.<name>`. */
  rawNames?: readonly string[];
  /** The step may send the run back to an earlier step. */
  wayBack?: {
    /** The field with that step's id. */
    field: string;
    /** Only when another field says so. */
    when?: { field: string; is: string };
    /** Value that stands for the beginning of the workflow, also when the field is left out. */
    beginning?: string;
  };
  /**
   * What the schema cannot say of the own fields, such as that they belong together; asked when each of them is fine by itself.
   * Pure and quick: editors ask at every keystroke.
   * @param written The own fields as written.
   * @param computed Those that hold `${{ }}` and are known later.
   * @returns `offset` is where in the text of the field; without it the whole field is meant.
   */
  check?(
    written: Readonly<Record<string, Json>>,
    computed: ReadonlySet<string>,
  ): { field: string; message: string; offset?: number } | undefined;
  /** The field that names an event the step sends to its run, or waits for. */
  event?: { field: string; does: 'sends' | 'awaits' };
  /** Names interpreted by the statechart itself instead of an executor. */
  control?: 'suspend' | 'join' | 'workflow' | 'rollback';
}

export interface CodeField {
  /** Name of the field. */
  field: string;
  /** What to write instead of `${{ }}`. */
  insteadOfTemplates: string;
  /**
   * What the code reads of the names that expressions see: needs follow from it, and what does not exist is reported. Names the
   * code declares itself are none of them. Pure; must not throw, whatever the text is.
   */
  reads(code: string): readonly Reference[];
}

export type StepCatalog = ReadonlyMap<string, KindSpec>;
