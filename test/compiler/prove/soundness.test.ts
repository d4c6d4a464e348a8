import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile, type Proof } from '#compiler';
import { BIT } from '../../../compiler/prove/fate.ts';
import { modelOf } from '../../../compiler/prove/model.ts';
import { builtinCatalog } from '../../../src/steps/catalog.ts';
import { randomWorkflow, toYaml } from '../../proof/random-workflow.ts';
import type { RandomWorkflow } from '../../proof/reference-scheduler.ts';
import { daily } from '../../proof/seed-of-the-day.ts';
import { Effects, effectKind } from '../../runtime/test-kinds.ts';
import { everyOutcome, type Outcome } from './every-outcome.ts';
import { proveSource } from './prove-source.ts';

const catalog = new Map([...builtinCatalog, ['effect', effectKind(new Effects())] as const]);
const RUNS = process.env.KEYSTONE_FULL === '1' ? 3000 : 80;
const small = fc.oneof(
  randomWorkflow({ min: 2, max: 6, density: 50 }),
  randomWorkflow({ min: 3, max: 6, density: 60, races: true }),
);

const about = (proof: Proof, code: string): Set<string> =>
  new Set(proof.findings.filter((each) => each.code === code).map(({ step }) => step));
const open = (proof: Proof, question: string): Set<string> =>
  new Set(
    proof.findings
      .filter((each) => each.question === question && each.answer === 'unknown')
      .map(({ step }) => step),
  );

/** No answer is wrong: what is called impossible never happens, what is called possible does. */
function compare(workflow: RandomWorkflow, source: string, outcomes: readonly Outcome[]): void {
  const proof = proveSource(source, { catalog });
  const dead = about(proof, 'DEAD_STEP');
  const never = about(proof, 'JOIN_NEVER_MET');
  const may = new Set(['JOIN_MAY_FAIL', 'JOIN_MAY_BE_UNMET'].flatMap((code) => [...about(proof, code)]));
  const openSteps = open(proof, 'steps');
  const openJoins = open(proof, 'joins');
  const ties = tied(workflow, outcomes);
  for (const { id, join } of workflow.steps) {
    if (ties.has(id)) continue;
    const begins = outcomes.some(({ begun }) => begun.has(id));
    if (!openSteps.has(id)) expect([id, 'begins', begins]).toEqual([id, 'begins', !dead.has(id)]);
    if (join === undefined || dead.has(id)) continue;
    const judged = outcomes.filter(({ begun }) => begun.has(id));
    const met = judged.some(({ broke }) => !broke.has(id));
    const missed = judged.some(({ broke }) => broke.has(id));
    if (!openJoins.has(id)) {
      expect([id, 'is never met', judged.length > 0 && !met]).toEqual([id, 'is never met', never.has(id)]);
      if (met) expect([id, 'may fail', missed]).toEqual([id, 'may fail', may.has(id)]);
    }
  }
  const failing = new Set(proof.failurePoints.map(({ step }) => step));
  for (const { ends, failed } of outcomes) {
    if (!failed) continue;
    const failures = [...ends].filter(([, end]) => end === 'failed').map(([id]) => id);
    expect(failures.some((id) => failing.has(id))).toBe(true);
  }
}

/** Steps whose turn comes at the moment a join ends them, and those after them: the reference knows one order of the two. */
function tied({ steps }: RandomWorkflow, outcomes: readonly Outcome[]): ReadonlySet<string> {
  const ties = new Set(outcomes.flatMap(({ either }) => [...either]));
  for (const { id, needs } of steps) if (needs.some((need) => ties.has(need))) ties.add(id);
  return ties;
}

/** Every step comes after fifty that cannot fail. */
function behindASequence(source: string): string {
  const steps = Array.from(
    { length: 50 },
    (_, at) => `  - { id: z${at}, type: sleep, duration: 1s, needs: [${at === 0 ? '' : `z${at - 1}`}] }\n`,
  );
  return source
    .replace('steps:\n', `steps:\n${steps.join('')}`)
    .replaceAll('needs: []', 'needs: [z49]')
    .replace('needs: [z49]', 'needs: []');
}

describe('against all runs of small random workflows', () => {
  test('ends that are called impossible never happen', () => {
    fc.assert(
      fc.property(small, (workflow) => {
        const source = toYaml(workflow);
        const compiled = compile(source, { catalog });
        if (!compiled.ok) throw new Error('does not compile');
        const [possible] = modelOf(compiled.plan, source, catalog).possible.steps;
        const at = new Map(
          modelOf(compiled.plan, source, catalog).graphs.steps.nodes.map((node) => [node.id, node.index]),
        );
        for (const { ends, begun } of everyOutcome(workflow, false)) {
          for (const [id, end] of ends) {
            const set = possible?.any[at.get(id) ?? -1] ?? 0;
            const bit = end === 'success' ? BIT.success | BIT.allowed : BIT[end];
            expect([id, end, (set & bit) !== 0]).toEqual([id, end, true]);
          }
          for (const id of begun) expect([id, possible?.begins[at.get(id) ?? -1]]).toEqual([id, true]);
        }
      }),
      { numRuns: RUNS, ...daily() },
    );
  }, 300_000);

  test('answers about joins, dead steps and failure points are right', () => {
    fc.assert(
      fc.property(small, (workflow) => {
        compare(workflow, toYaml(workflow), everyOutcome(workflow, false));
      }),
      { numRuns: RUNS, ...daily() },
    );
  }, 300_000);

  test('answers are the same behind a long sequence, where only what a failure changes is played again', () => {
    fc.assert(
      fc.property(small, (workflow) => {
        compare(workflow, behindASequence(toYaml(workflow)), everyOutcome(workflow, false));
      }),
      { numRuns: Math.ceil(RUNS / 3), ...daily() },
    );
  }, 300_000);

  test('answers are right where steps read the outputs of their needs', () => {
    fc.assert(
      fc.property(small, (workflow) => {
        const source = toYaml(workflow).replaceAll('.status', '.output.k');
        const outcomes = everyOutcome(workflow, true);
        compare(workflow, source, outcomes);
        const proof = proveSource(source, { catalog });
        const reading = about(proof, 'READS_NOTHING');
        const unknown = open(proof, 'references');
        const ties = tied(workflow, outcomes);
        for (const step of workflow.steps) {
          if (step.join !== undefined || unknown.has(step.id) || ties.has(step.id)) continue;
          const missing = outcomes.some(
            ({ begun, ends, broke }) =>
              begun.has(step.id) &&
              step.needs.some((id) => {
                const isJoin = workflow.steps.find((each) => each.id === id)?.join !== undefined;
                const end = ends.get(id);
                return isJoin ? end === 'skipped' || end === 'canceled' : end !== 'success' || broke.has(id);
              }),
          );
          expect([step.id, 'reads nothing', missing]).toEqual([
            step.id,
            'reads nothing',
            reading.has(step.id),
          ]);
        }
      }),
      { numRuns: RUNS, ...daily() },
    );
  }, 300_000);
});
