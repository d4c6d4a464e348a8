/** The tables of docs/workflow.md, from the descriptions of the schemas that validate. */
import {
  commonStepFields,
  linesSchema,
  retrySchema,
  strategySchema,
} from '../compiler/check/language/step.ts';
import { inputSchema, poolSchema, workflowFields } from '../compiler/check/language/workflow.ts';

interface FieldSchema {
  type?: string | readonly string[];
  const?: unknown;
  enum?: readonly unknown[];
  anyOf?: readonly FieldSchema[];
  items?: FieldSchema;
  default?: unknown;
  description?: string;
  'x-keystone'?: string;
  'x-keystone-templates'?: boolean;
}

/** What the checks look at elsewhere, in words. */
const WORDS: Readonly<Record<string, string>> = {
  id: 'text',
  steps: 'list of steps',
  errors: 'list of steps',
  finally: 'list of steps',
  compensate: 'step',
  inputs: 'map',
  strategy: 'map',
  matrix: 'map',
};

/** Fills every `<!-- table name -->` of the page. @throws {Error} for a table there is none of. */
export function renderWorkflowPage(page: string): string {
  const tables: Readonly<Record<string, string>> = {
    workflow: table(workflowFields, ['name', 'steps']),
    step: table(commonStepFields, ['id']),
    input: table(inputSchema.properties, inputSchema.required ?? []),
    pool: table(poolSchema.properties, poolSchema.required ?? []),
    retry: table(retrySchema.properties, retrySchema.required ?? []),
    lines: table(linesSchema.properties, linesSchema.required ?? []),
    strategy: table(strategySchema.properties, strategySchema.required ?? []),
  };
  return page.replace(
    /(<!-- table (\w+)[^>]*-->\n)[\s\S]*?(<!-- \/table -->)/g,
    (_, open: string, name: string, close: string) => {
      const made = tables[name];
      if (made === undefined) throw new Error(`docs/workflow.md asks for a table "${name}"`);
      return `${open}${made}\n${close}`;
    },
  );
}

function table(fields: Readonly<Record<string, FieldSchema>>, required: readonly string[]): string {
  const rows = Object.entries(fields).map(([name, schema]) => {
    const fallback = required.includes(name)
      ? '*required*'
      : schema.default === undefined
        ? ''
        : `\`${String(schema.default)}\``;
    return `| \`${name}\` | ${cell(valueText(name, schema))} | ${fallback} | ${cell(schema.description ?? '')} |`;
  });
  return ['| field | value | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function valueText(name: string, schema: FieldSchema): string {
  if (schema['x-keystone'] === 'elsewhere') return WORDS[name] ?? 'any';
  const text = typeText(schema);
  return schema['x-keystone-templates'] === true && text !== 'text' && text !== 'map'
    ? `${text}, or \`\${{ }}\``
    : text;
}

function typeText(schema: FieldSchema): string {
  if (schema['x-keystone'] === 'duration') return '[duration](#durations)';
  if (schema['x-keystone'] === 'jsonSchema') return 'JSON Schema';
  const expression = schema['x-keystone'] === 'expression';
  if (schema.anyOf !== undefined) {
    const texts = schema.anyOf.map((each) =>
      expression && each.type === 'string' ? 'expression' : typeText(each),
    );
    return [...new Set(texts)].join(' or ');
  }
  if (expression) return 'expression';
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  switch (schema.type) {
    case undefined:
      return 'any';
    case 'string':
      return 'text';
    case 'object':
      return 'map';
    case 'array':
      return schema.items?.type === undefined ? 'list' : `list of ${typeText(schema.items)}s`;
    case 'integer':
      return 'whole number';
    default:
      return String(schema.type);
  }
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
