/** `trust:` which workflows from outside the project may start programs and reach the network. */
import { group, oneOf } from '../leaves.ts';
import { defineSection } from './section.ts';

export interface TrustConfig {
  /** @default 'ask' */
  readonly workflows: 'ask' | 'all' | 'none';
}

export const trust = defineSection<TrustConfig>({
  schema: group(
    {
      workflows: oneOf(['ask', 'all', 'none'], {
        default: 'ask',
        description:
          'Workflows from outside the project that start programs or reach the network: `ask` once for each content (elsewhere than on a terminal `--trust` is needed), trust `all`, or `none`.',
      }),
    },
    'Workflows from elsewhere.',
  ),
  read: ({ get }) => ({ workflows: get('trust.workflows') }),
});
