/** What a step waits for, in words; of events `step.suspended`. */
import type { RunEvent } from '../../app/types.ts';
import { oneLine } from './format.ts';

export function waitText({ waitsFor, text = '' }: RunEvent): string {
  switch (waitsFor) {
    case 'event':
      return `waits for event ${oneLine(text, 60)}`;
    case 'answer':
      return `asks: ${oneLine(text, 100)}`;
    default:
      return 'waits';
  }
}
