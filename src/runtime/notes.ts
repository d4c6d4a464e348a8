/** Notes of a step: read once, numbered over all attempts of its epoch, written through the run's recorder. */
import type { StepNotes } from '../steps/define.ts';
import type { NoteRow } from '../store/port.ts';
import type { RunContext } from './run-context.ts';

export function notesOf(run: RunContext, path: string, attempt: number): StepNotes {
  const epoch = run.ledger.epochOf(path);
  let known: Promise<NoteRow[]> | undefined;
  const rows = (): Promise<NoteRow[]> => {
    known ??= run.ports.readNotes(path, epoch).then((found) => [...found]);
    return known;
  };
  return {
    read: async () => (await rows()).map(({ attempt, body }) => ({ attempt, body })),
    keep: async (body) => {
      const all = await rows();
      const row = { path, epoch, number: all.length + 1, attempt, body };
      all.push(row);
      run.recorder.note(row);
      await run.recorder.durable();
    },
  };
}
