/** Scripts outside the sandbox are run only where the configuration says so. */
import { StepFailure } from '../../kernel/failure.ts';
import type { Refusal } from '../define.ts';
import type { ScriptConfig } from './schema.ts';

const REFUSAL: Refusal = {
  code: 'POLICY',
  message: '"allowInsecure" runs a script outside the sandbox, which the configuration does not allow',
  hint: 'set "script: { allowInsecure: true }" in the configuration, or leave "allowInsecure" out',
};

export function refusalOf(
  { allowInsecure }: Readonly<Record<string, unknown>>,
  config: ScriptConfig,
): Refusal | undefined {
  return allowInsecure === true && !config.allowInsecure ? REFUSAL : undefined;
}

/** @throws {StepFailure} POLICY: of a run that was begun under another configuration. */
export function assertInsecureAllowed({ allowInsecure }: ScriptConfig): void {
  if (allowInsecure) return;
  throw new StepFailure(REFUSAL.code, REFUSAL.message, { details: { hint: REFUSAL.hint } });
}
