/** What inputs are declared to be: a type, valid JSON Schema keywords, a default that fits. */
import { inputJsonSchema, KEYWORD_FIELDS, OWN_INPUT_FIELDS } from '../../lower/inputs.ts';
import { child, childPath, type SourceEntry, type SourceMap, toJson } from '../../read/source-doc.ts';
import { schemaErrors, schemaProblems, validateValue } from '../../schema.ts';
import type { CheckContext, Report } from '../context.ts';
import { ID_PATTERN } from '../language/step.ts';
import { inputSchema } from '../language/workflow.ts';
import { didYouMean } from '../nearest.ts';
import { hasTemplate } from '../structure/place.ts';
import { checkNode } from '../structure/walk.ts';
import { actualWords } from '../structure/words.ts';
import { checkSchema, follow } from './json-schemas.ts';
import { RESERVED_NAMES } from './step-ids.ts';

const NAME = new RegExp(ID_PATTERN);

export function inputs({ facts, report }: CheckContext): void {
  const node = child(facts.root, 'inputs');
  if (node !== undefined && node.type !== 'map') {
    report({
      code: 'WRONG_TYPE',
      span: node.span,
      path: 'inputs',
      message: `"inputs" must be a map, not ${actualWords(node)}`,
    });
  }
  for (const entry of facts.inputs.values()) checkInput(entry, report);
}

function checkInput(entry: SourceEntry, report: Report): void {
  const path = childPath('inputs', entry.key);
  if (RESERVED_NAMES.has(entry.key)) {
    report({
      code: 'RESERVED_NAME',
      span: entry.keySpan,
      path,
      message: `"${entry.key}" is reserved and cannot be an input`,
    });
  } else if (!NAME.test(entry.key)) {
    report({
      code: 'BAD_ID',
      span: entry.keySpan,
      path,
      message: `"${entry.key}" cannot be the name of an input: letters, digits and "_", not beginning with a digit`,
      hint: 'in an expression, "inputs.a-b" would be a subtraction',
    });
  }
  const spec = entry.value;
  if (spec.type !== 'map') {
    report({
      code: 'WRONG_TYPE',
      span: spec.span,
      path,
      message: `the input "${entry.key}" must be a map, not ${actualWords(spec)}`,
      hint:
        spec.type === 'scalar' && typeof spec.value === 'string'
          ? `write "${entry.key}: { type: ${spec.value} }"`
          : undefined,
    });
    return;
  }
  checkFields(spec, path, report);
  if (checkInputSchema(spec, path, report)) checkDefault(entry.key, spec, path, report);
}

function checkFields(spec: SourceMap, path: string, report: Report): void {
  checkNode(spec, inputSchema, { path, label: 'the input', report, templates: false });
  for (const entry of spec.entries.values()) {
    if (OWN_INPUT_FIELDS.has(entry.key) || KEYWORD_FIELDS.has(entry.key) || entry.key.startsWith('x-'))
      continue;
    report({
      code: 'UNKNOWN_FIELD',
      span: entry.keySpan,
      path: childPath(path, entry.key),
      message: `"${entry.key}" is neither a field of an input nor a JSON Schema keyword`,
      hint: didYouMean(entry.key, [...OWN_INPUT_FIELDS, ...KEYWORD_FIELDS]),
    });
  }
  const required = child(spec, 'required');
  if (required?.type === 'scalar') {
    report({
      code: 'WRONG_TYPE',
      span: required.span,
      path: childPath(path, 'required'),
      message: '"required" of an input is the JSON Schema keyword, a list of properties',
      hint: 'an input without "default" must be given; leave "required" out',
    });
  }
}

/** True when the schema made of the input is valid. */
function checkInputSchema(spec: SourceMap, path: string, report: Report): boolean {
  const problems = schemaProblems(inputJsonSchema(spec));
  const entries = new Map([...spec.entries].filter(([key]) => KEYWORD_FIELDS.has(key)));
  if (problems.length > 0 && child(spec, 'required')?.type !== 'scalar') {
    checkSchema({ ...spec, entries }, path, report);
  }
  return problems.length === 0;
}

function checkDefault(name: string, spec: SourceMap, path: string, report: Report): void {
  const node = child(spec, 'default');
  if (node === undefined) return;
  const at = { span: node.span, path: childPath(path, 'default') };
  if (node.type === 'scalar' && typeof node.value === 'string' && hasTemplate(node.value)) {
    report({
      ...at,
      code: 'TEMPLATE_NOT_ALLOWED',
      message: 'a default is a plain value; it cannot hold ${{ }}',
    });
    return;
  }
  const secret = child(spec, 'secret');
  if (secret?.type === 'scalar' && secret.value === true) {
    report({
      ...at,
      severity: 'warning',
      code: 'SECRET_DEFAULT',
      message: `the default of the secret input "${name}" is plain text in this file`,
      hint: 'leave the default out and give the value when the run is started',
    });
  }
  const schema = inputJsonSchema(spec);
  const value = toJson(node);
  const errors = schemaErrors(schema, value);
  const sentences = validateValue(schema, value);
  errors.forEach((error, i) => {
    const found = follow(node, at.path, error.keys);
    report({
      code: 'BAD_DEFAULT',
      span: found.node.span,
      path: found.path,
      message: `the default of "${name}"${error.keys.length > 0 ? ` at ${sentences[i]?.path}` : ''} ${sentences[i]?.message}, not ${actualWords(found.node)}`,
    });
  });
  const values = child(spec, 'values');
  if (values?.type !== 'seq') return;
  values.items.forEach((item, i) => {
    const { enum: _, ...rest } = schema;
    for (const error of validateValue(rest, toJson(item))) {
      report({
        code: 'BAD_VALUE',
        span: item.span,
        path: `${path}.values[${i}]`,
        message: `the allowed value ${actualWords(item)} ${error.message}`,
      });
    }
  });
}
