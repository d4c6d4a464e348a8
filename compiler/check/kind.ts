/** Which kind a step is: by `type`, or by the fields only one kind has. */
import type { KindSpec, StepCatalog } from '../catalog.ts';
import { child, type SourceMap, textOf } from '../read/source-doc.ts';
import { LANGUAGE_KINDS } from './language/not-supported.ts';

export type KindResolution =
  | { how: 'named' | 'inferred'; kind: KindSpec }
  /** `type` names nothing in the catalog. */
  | { how: 'unknown'; name: string; kind: undefined }
  /** Known of the language, missing from the catalog. */
  | { how: 'unsupported'; name: string; kind: undefined }
  | { how: 'ambiguous'; names: string[]; kind: undefined }
  /** No `type`, and nothing implies one. */
  | { how: 'missing'; kind: undefined }
  /** `type` is no text; the structural check says so. */
  | { how: 'malformed'; kind: undefined };

export function resolveKind(step: SourceMap, catalog: StepCatalog): KindResolution {
  const given = child(step, 'type');
  if (given !== undefined) {
    const name = textOf(given);
    if (name === undefined) return { how: 'malformed', kind: undefined };
    const kind = catalog.get(name);
    if (kind !== undefined) return { how: 'named', kind };
    return { how: LANGUAGE_KINDS.has(name) ? 'unsupported' : 'unknown', name, kind: undefined };
  }
  const names = inferredNames(step, catalog);
  const [name] = names;
  if (name === undefined) return { how: 'missing', kind: undefined };
  if (names.length > 1) return { how: 'ambiguous', names, kind: undefined };
  const kind = catalog.get(name);
  return kind === undefined ? { how: 'unsupported', name, kind: undefined } : { how: 'inferred', kind };
}

/** Kinds all of whose telling fields are given. */
function inferredNames(step: SourceMap, catalog: StepCatalog): string[] {
  const tells = (fields: readonly string[] | undefined): boolean =>
    fields !== undefined && fields.length > 0 && fields.every((field) => step.entries.has(field));
  const names = [...catalog].flatMap(([name, spec]) => (tells(spec.inferredBy) ? [name] : []));
  if (names.length > 0) return names;
  return [...LANGUAGE_KINDS].flatMap(([name, fields]) => (!catalog.has(name) && tells(fields) ? [name] : []));
}
