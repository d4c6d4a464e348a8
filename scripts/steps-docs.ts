/**
 * Fills the generated parts of docs/steps/<kind>.md: the field table from the schema's descriptions, and the example from
 * examples/steps/<kind>.yaml. `npm run generate` calls it; a test demands that the files are current.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtinCatalog } from '../src/steps/catalog.ts';
import type { StepKind } from '../src/steps/define.ts';

/** The keywords of a field's schema that the table shows. */
interface FieldSchema {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: FieldSchema[];
  items?: FieldSchema;
  default?: unknown;
  description?: string;
  pattern?: string;
  'x-keystone'?: string;
}

export interface GeneratedDoc {
  /** Relative to the root of the repository. */
  path: string;
  content: string;
}

/** The pages of all built-in kinds as they should be. @throws {Error} when a page, its markers or its example are missing. */
export function renderStepsDocs(
  root: string,
  kinds: Iterable<StepKind> = builtinCatalog.values(),
): GeneratedDoc[] {
  return [...kinds].map((kind) => {
    const path = `docs/steps/${kind.kind}.md`;
    const example = readFileSync(join(root, `examples/steps/${kind.kind}.yaml`), 'utf8');
    const page = readFileSync(join(root, path), 'utf8');
    const withFields = fillMarker(page, 'fields', fieldTable(kind), path);
    return { path, content: fillMarker(withFields, 'example', `\`\`\`yaml\n${example}\`\`\``, path) };
  });
}

/** Writes the pages that changed. @returns their paths. */
export function generateStepsDocs(root: string): string[] {
  const changed = renderStepsDocs(root).filter(
    ({ path, content }) => readFileSync(join(root, path), 'utf8') !== content,
  );
  for (const { path, content } of changed) writeFileSync(join(root, path), content);
  return changed.map(({ path }) => path);
}

/** Markdown table of a kind's own fields, required ones first. */
export function fieldTable(kind: StepKind): string {
  const required = new Set(kind.schema.required ?? []);
  const fields = Object.entries(kind.schema.properties as Record<string, FieldSchema>);
  const rows = [
    ...fields.filter(([name]) => required.has(name)),
    ...fields.filter(([name]) => !required.has(name)),
  ];
  const lines = rows.map(([name, schema]) => {
    const fallback = required.has(name)
      ? '*required*'
      : schema.default === undefined
        ? ''
        : `\`${String(schema.default)}\``;
    return `| \`${name}\` | ${cell(typeText(schema))} | ${fallback} | ${cell(schema.description ?? '')} |`;
  });
  return ['| field | value | default | meaning |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

function typeText(schema: FieldSchema): string {
  if (schema['x-keystone'] === 'duration') return 'duration';
  if (schema['x-keystone'] === 'jsonSchema') return 'JSON Schema';
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeText))].join(', ');
  switch (schema.type) {
    case undefined:
      return 'any';
    case 'string':
      return schema.pattern?.includes('%') ? 'share, such as `60%`' : 'text';
    case 'object':
      return 'map';
    case 'array':
      return schema.items === undefined
        ? 'list'
        : `list of ${typeText(schema.items).replaceAll(', ', ' or ')}`;
    case 'integer':
      return 'whole number';
    default:
      return schema.type;
  }
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function fillMarker(page: string, name: string, content: string, path: string): string {
  const open = new RegExp(`<!-- ${name}[^>]*-->`).exec(page);
  const close = page.indexOf(`<!-- /${name} -->`);
  if (open === null || close < open.index)
    throw new Error(`${path} has no <!-- ${name} --> … <!-- /${name} --> to fill`);
  return `${page.slice(0, open.index + open[0].length)}\n${content}\n${page.slice(close)}`;
}

if (process.argv[1] !== undefined && fileURLToPath(import.meta.url) === process.argv[1]) {
  const root = join(import.meta.dirname, '..');
  if (!existsSync(join(root, 'docs/steps'))) throw new Error(`no docs/steps in ${root}`);
  console.error(generateStepsDocs(root).join('\n') || 'docs/steps is current');
}
