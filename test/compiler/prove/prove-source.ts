/** Proofs about a text, for tests. */
import { compile, type Finding, type Proof, prove, type SlotWorld, type StepCatalog } from '#compiler';
import { sliceExplorer } from '../../../src/app/explore-slice.ts';
import { builtinCatalog } from '../../../src/steps/catalog.ts';

export const NO_CHILDREN: SlotWorld = {
  concurrency: 8,
  pools: {},
  child: () => ({ unknown: 'there are no files here' }),
};

export function proveSource(
  source: string,
  { catalog = builtinCatalog, slots = NO_CHILDREN }: { catalog?: StepCatalog; slots?: SlotWorld } = {},
): Proof {
  const compiled = compile(source, { catalog });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics));
  return prove(compiled.plan, { catalog, source, slots, explorer: sliceExplorer });
}

/** `CODE step` of every finding. */
export const codesOf = (proof: Proof): string[] => proof.findings.map(({ code, step }) => `${code} ${step}`);

export function findingOf(proof: Proof, code: string): Finding {
  const found = proof.findings.find((each) => each.code === code);
  if (found === undefined) throw new Error(`no ${code} among ${codesOf(proof).join(', ')}`);
  return found;
}

/** `step ends why` of each event. */
export const eventsOf = ({ trace }: Finding): string[] =>
  (trace?.events ?? []).map(({ step, ends, why }) =>
    why === undefined ? `${step} ${ends}` : `${step} ${ends}: ${why}`,
  );
