/** What `steps.<id>.<field>` is, given only how the step ended; as src/runtime/scope.ts shows it. */
import type { Fate } from './fate.ts';
import { known, type MissingRead, UNKNOWN, type Value } from './partial-value.ts';

interface StepRead {
  id: string;
  field: string;
  fate: Fate;
}

/** Unknown where the end does not decide it; a null that comes from the end says which read it was. */
export function valueOfField(
  scope: { keepsOutput(id: string): boolean },
  { id, field, fate }: StepRead,
): Value {
  const read: MissingRead = { step: id, path: `steps.${id}.${field}` };
  const missing: Value = { kind: 'known', value: null, missing: read };
  const began = fate !== 'skipped' && fate !== 'canceled';
  switch (field) {
    case 'status':
      return known(fate === 'allowed' ? 'success' : fate);
    case 'outcome':
      return known(fate === 'allowed' ? 'failed' : fate);
    case 'output':
    case 'outputs':
      return fate === 'success' || (began && scope.keepsOutput(id)) ? UNKNOWN : missing;
    case 'error':
      return fate === 'success' || fate === 'skipped' ? missing : UNKNOWN;
    case 'exitCode':
      return fate === 'skipped' ? missing : UNKNOWN;
    case 'attempts':
    case 'startedAt':
    case 'durationMs':
    case 'skipReason':
    case 'items':
      return UNKNOWN;
    default:
      return fate === 'skipped' ? missing : UNKNOWN;
  }
}
