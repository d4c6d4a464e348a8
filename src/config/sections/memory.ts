/** `memory:` where steps of that kind remember. */
import { group, oneOf } from '../leaves.ts';
import { defineSection } from './section.ts';

export interface MemoryConfig {
  /** Where a step remembers that names no scope. @default 'project' */
  readonly scope: 'project' | 'global';
}

export const memory = defineSection<MemoryConfig>({
  schema: group(
    {
      scope: oneOf(['project', 'global'], {
        default: 'project',
        description:
          '`project`: beside the runs of the project. `global`: in the user’s data folder, shared by all projects.',
      }),
    },
    'What workflows remember.',
  ),
  read: ({ get }) => ({ scope: get('memory.scope') }),
});
