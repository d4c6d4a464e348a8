/** The front half of the compiler: text in, Plan or diagnostics out. Pure and synchronous. */
import type { StepCatalog } from './catalog.ts';
import { checkDocument } from './check/check.ts';
import type { Diagnostic } from './diagnostic.ts';
import { hashPlan } from './lower/hash.ts';
import { lower } from './lower/lower.ts';
import type { Plan } from './plan.ts';
import { readSource } from './read/read.ts';

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
  const plan = lower(checked.facts, checked.implied);
  return { ok: true, plan, planHash: hashPlan(plan), diagnostics };
}
