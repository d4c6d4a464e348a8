/** The `file` kind: reads, writes, patches, lists, copies and deletes files inside the run's folder. */
import type { Json } from '../../kernel/json.ts';
import { parsePatch } from '../../services/files/patch/parse-patch.ts';
import { defineStep, type Permission } from '../define.ts';
import { runFile } from './run.ts';
import { fileSchema } from './schema.ts';

export const file = defineStep({
  kind: 'file',
  summary:
    "Reads, writes, appends, patches, lists, copies or deletes files inside the run's folder; writes are atomic.",
  schema: fileSchema,
  hasEffect: ({ op }) => op !== 'read' && op !== 'exists' && op !== 'list',
  check: fieldProblem,
  run: runFile,
  describe: (fields) => `${fields.op} ${fields.path}${fields.to === undefined ? '' : ` to ${fields.to}`}`,
  permissions: permissionsOf,
});

/** What an operation cannot do without, and patches that are none. */
function fieldProblem(
  written: Readonly<Record<string, Json>>,
  computed: ReadonlySet<string>,
): { field: string; message: string } | undefined {
  const { op, content, to, encoding } = written;
  if (op === 'copy' && to === undefined)
    return { field: 'op', message: 'op "copy" needs "to", the place to copy the file to' };
  if (op !== 'write' && op !== 'append' && op !== 'patch') return undefined;
  if (content === undefined) return { field: 'op', message: `op "${op}" needs "content"` };
  if (op !== 'patch' || computed.has('content') || encoding === 'base64') return undefined;
  if (typeof content !== 'string') return { field: 'content', message: 'a patch is a text' };
  try {
    parsePatch(content);
    return undefined;
  } catch (error) {
    return { field: 'content', message: error instanceof Error ? error.message : String(error) };
  }
}

function permissionsOf({ op, path, to }: Readonly<Record<string, unknown>>): Permission[] {
  const permission = (way: 'read' | 'write', what: unknown): Permission => ({ to: way, what: String(what) });
  if (op === 'read' || op === 'exists' || op === 'list') return [permission('read', path)];
  if (op === 'copy') return [permission('read', path), permission('write', to)];
  return [permission('write', path)];
}
