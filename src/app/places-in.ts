/** Offsets of a workflow's text as lines and columns, for failures. */
import { locate, offsetInValue } from '#compiler';
import type { RunPorts } from '../runtime/index.ts';
import type { WorkflowFile } from './workflow-files.ts';

export function placesIn({ file, source }: WorkflowFile): Pick<RunPorts, 'place' | 'placeIn'> {
  const place = (offset: number) => ({ ...(file !== undefined && { file }), ...locate(source, offset) });
  return {
    place,
    placeIn: (span, text, offset) => place(offsetInValue(source, span, text, offset)),
  };
}
