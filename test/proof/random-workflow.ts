/** Random graphs of steps with failures, conditions, joins and policies; and the YAML they are. */
import fc from 'fast-check';
import type { RandomStep, RandomWorkflow } from './reference-scheduler.ts';

export interface Size {
  min: number;
  max: number;
  /** Chance in percent that a step needs a given earlier one among the last few. */
  density: number;
  /** Joins may cancel what they do not wait for any more, and may be skipped. @default false */
  races?: boolean;
}

/** @param joins whether some steps are joins. */
export function randomWorkflow(size: Size): fc.Arbitrary<RandomWorkflow> {
  return fc
    .record({
      onFailure: fc.constantFrom('drain', 'continue', 'cancel'),
      rolls: fc.array(
        fc.record({
          needs: fc.array(fc.integer({ min: 0, max: 99 }), { minLength: 6, maxLength: 6 }),
          reach: fc.integer({ min: 1, max: size.max }),
          ms: fc.integer({ min: 1, max: 1_000_000 }),
          fate: fc.integer({ min: 0, max: 99 }),
          condition: fc.integer({ min: 0, max: 99 }),
          join: fc.integer({ min: 0, max: 99 }),
          quorum: fc.integer({ min: 1, max: 6 }),
          race: fc.integer({ min: 0, max: 99 }),
        }),
        { minLength: size.min, maxLength: size.max },
      ),
    })
    .map(({ onFailure, rolls }) => ({
      onFailure: onFailure as RandomWorkflow['onFailure'],
      steps: rolls.map((roll, index): RandomStep => {
        const needs = [
          ...new Set(roll.needs.map((_, k) => index - 1 - ((k * roll.reach) % Math.max(1, index)))),
        ]
          .filter((target, k) => target >= 0 && (roll.needs[k] ?? 99) < size.density)
          .map((target) => `s${target}`);
        const joins = needs.length > 1 && roll.join < 20;
        return {
          id: `s${index}`,
          needs,
          // Equal ends at one moment would leave the order open.
          ms: roll.ms * 64 + index,
          fails: roll.fate < 18,
          // A join that fails takes no time: what else happens at that moment may come before or after it.
          allowFailure: roll.fate < 5 || (joins && onFailure !== 'continue'),
          // A step with one may begin at the moment in which it is given up.
          ...(!joins &&
            roll.condition < 15 &&
            size.races !== true && { condition: CONDITIONS[roll.condition % 3] as never }),
          ...(joins && { join: roll.join < 6 ? ('all' as const) : Math.min(roll.quorum, needs.length) }),
          ...(joins && size.races === true && roll.join >= 6 && { cancelRest: roll.race < 60 }),
          // One that is skipped may fail the run, at the moment in which another step begins.
          ...(joins &&
            size.races === true &&
            onFailure === 'continue' &&
            roll.race % 10 === 7 && { condition: 'false' as const }),
        };
      }),
    }));
}

const CONDITIONS = ['always()', 'failure()', 'false'] as const;

export function toYaml({ onFailure, steps }: RandomWorkflow): string {
  const lines = steps.map((step) => {
    const common = `id: ${step.id}, needs: [${step.needs.join(', ')}]${step.allowFailure ? ', allowFailure: true' : ''}`;
    const condition = step.condition === undefined ? '' : `, if: "${step.condition}"`;
    const rest = typeof step.join !== 'number' ? '' : `, cancelRest: ${step.cancelRest === true}`;
    if (step.join !== undefined)
      return `  - { ${common}, type: join, condition: ${step.join}${rest}${condition} }`;
    const value = `[${step.needs.map((id) => `steps.${id}.status`).join(', ')}]`;
    const fate = step.fails ? ', fail: true, retryable: false' : '';
    return `  - { ${common}, type: effect, ms: ${step.ms}, value: "\${{ ${value} }}"${condition}${fate} }`;
  });
  return `name: random\non_failure: ${onFailure}\nsteps:\n${lines.join('\n')}\n`;
}
