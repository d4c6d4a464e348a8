/** What a kind's own check of its fields says at run time, said by the compiler too. */
import { StepFailure } from '../kernel/failure.ts';

/** @param field The field to blame. @returns undefined when `act` does not refuse. */
export function problemOf(
  act: () => unknown,
  field: (failure: StepFailure) => string,
): { field: string; message: string } | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    return { field: field(error), message: error.message };
  }
}
