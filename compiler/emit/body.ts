/** The machine around a tree of states. It is never left: the run machine beside it pauses, undoes and comes back. */
import type { StateNodeJson } from './emitted.ts';
import { chained, type Keyed } from './structure.ts';

export interface BodyOptions {
  id: string;
  description: string;
}

export function bodyMachine(children: readonly Keyed[], { id, description }: BodyOptions): StateNodeJson {
  return {
    id,
    description,
    tags: ['body'],
    initial: 'working',
    states: {
      working: {
        description: 'The steps as the author ordered them',
        tags: ['working'],
        ...chained(children),
        onDone: { target: 'done' },
      },
      done: { type: 'final', description: 'Every step has settled', tags: ['done'] },
    },
  };
}
