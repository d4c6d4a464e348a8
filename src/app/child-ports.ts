/** What a run may ask of its `workflow` steps' child runs: to run one, to end them, and to undo what they did. */
import type { RunHost, RunPorts } from '../runtime/index.ts';
import { runChild } from './child-run.ts';
import { endChildren } from './end-children.ts';
import type { SessionOptions } from './session-options.ts';
import { undoChildren } from './undo-children.ts';

export interface ChildParent {
  readonly options: SessionOptions;
  /** Known when the first step begins. */
  host(): RunHost;
  considerSuspending(): void;
}

export function childPorts(
  parent: ChildParent,
): Pick<RunPorts, 'runWorkflow' | 'undoChildren' | 'endChildren'> {
  const { options, host } = parent;
  const onIdle = (): void => {
    host().checkQuiet();
    parent.considerSuspending();
  };
  return {
    runWorkflow: (request, parentPath, flight) => {
      const { run } = host();
      return runChild({
        parent: options,
        request,
        parentPath,
        flight,
        epoch: run.ledger.epochOf(parentPath),
        onIdle,
        isPausing: () => run.isPausing(),
        armUndo: () => armOwnUndo(run, parentPath),
        dropUndo: () => run.compensations.drop(parentPath),
      });
    },
    undoChildren: (parentPath, inputs, flight) =>
      undoChildren({ parent: options, parentPath, inputs, flight, onIdle }),
    endChildren: async (parentPath, inputs, flight) => {
      const { recorder, compensations } = host().run;
      const areUndone = await endChildren({ parent: options, parentPath, inputs, flight, onIdle }, (text) =>
        recorder.emit({ type: 'log', path: parentPath, text }),
      );
      if (areUndone) compensations.drop(parentPath);
    },
  };
}

/** A step with an undo of its own arms that one; an undo is not undone. */
function armOwnUndo({ index, compensations }: RunHost['run'], path: string): void {
  const { step, block } = index.at(path);
  if (step.compensate === undefined && block !== 'compensate') compensations.arm(path);
}
