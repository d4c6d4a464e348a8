/** Runs every rule over a read document and gathers what they report: all problems at once, in source order. */
import type { StepCatalog } from '../catalog.ts';
import type { Diagnostic } from '../diagnostic.ts';
import type { Plan } from '../plan.ts';
import type { SourceDoc } from '../read/source-doc.ts';
import type { CheckContext, Problem } from './context.ts';
import { findExpressionSites } from './expression-sites.ts';
import { gatherFacts, type WorkflowFacts } from './facts.ts';
import { type ImpliedNeeds, impliedNeeds } from './implied-needs.ts';
import { referenceSpan } from './reference-span.ts';
import { RULES } from './rules.ts';

/** Problems reported of one file. */
const MAX_PROBLEMS = 1_000;

export interface CheckOptions {
  catalog: StepCatalog;
  pools?: readonly string[];
}

export interface Checked {
  diagnostics: Diagnostic[];
  /** Absent when the document is not even a map. */
  facts?: WorkflowFacts;
  implied: ImpliedNeeds;
  /** Names read as `secrets.<name>`, with the first place of each. */
  secrets: NonNullable<Plan['secrets']>;
}

export function checkDocument(doc: SourceDoc, options: CheckOptions): Checked {
  const { root } = doc;
  if (root.type !== 'map') {
    const message = 'a workflow is a map with "name" and "steps"';
    return {
      diagnostics: [{ severity: 'error', code: 'NOT_A_MAP', message, span: root.span, path: '' }],
      implied: new Map(),
      secrets: {},
    };
  }
  const facts = gatherFacts(root, options.catalog);
  const sites = findExpressionSites(facts);
  const implied = impliedNeeds(facts, sites);
  const diagnostics: Diagnostic[] = [];
  const seen = new Set<string>();
  const report = ({ hint, ...problem }: Problem): void => {
    const key = `${problem.code} ${problem.span.start} ${problem.message}`;
    if (seen.has(key)) return;
    seen.add(key);
    const text = typeof hint === 'function' ? (diagnostics.length < MAX_PROBLEMS ? hint() : undefined) : hint;
    diagnostics.push({ severity: 'error', ...problem, ...(text === undefined ? {} : { hint: text }) });
  };
  const context: CheckContext = {
    doc,
    catalog: options.catalog,
    configuredPools: options.pools ?? [],
    facts,
    sites,
    implied,
    report,
  };
  for (const rule of RULES) rule(context);
  return { diagnostics: inOrder(diagnostics), facts, implied, secrets: secretsIn(context) };
}

/** The place of a name is that of its first reference that needs it. */
function secretsIn({ doc, sites }: CheckContext): NonNullable<Plan['secrets']> {
  const found: NonNullable<Plan['secrets']> = {};
  for (const site of sites) {
    for (const reference of site.references) {
      const [name] = reference.path;
      if (reference.root !== 'secrets' || typeof name !== 'string') continue;
      const optional = reference.optional ?? reference.maybe;
      const place = { ...referenceSpan(doc.source, { site, reference }), ...(optional && { optional }) };
      const known = found[name];
      const isBetter = known?.optional === optional ? place.start < (known?.start ?? Infinity) : !optional;
      if (known === undefined || isBetter) found[name] = place;
    }
  }
  return found;
}

function inOrder(diagnostics: Diagnostic[]): Diagnostic[] {
  const sorted = diagnostics.sort((a, b) => a.span.start - b.span.start);
  if (sorted.length <= MAX_PROBLEMS) return sorted;
  const next = sorted[MAX_PROBLEMS]?.span ?? { start: 0, end: 0 };
  const message = `there are ${sorted.length - MAX_PROBLEMS} more problems from here on`;
  return [
    ...sorted.slice(0, MAX_PROBLEMS),
    { severity: 'error', code: 'TOO_MANY_PROBLEMS', message, span: next, path: '' },
  ];
}
