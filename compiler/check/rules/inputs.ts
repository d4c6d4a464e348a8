/** What inputs are declared to be: a type, valid JSON Schema keywords, a default that fits. */
import { inputJsonSchema, KEYWORD_FIELDS, OWN_INPUT_FIELDS } from '../../lower/inputs.ts';
import {
  child,
  childPath,
  eachScalar,
  type SourceEntry,
  type SourceMap,
  textOf,
  toJson,
} from '../../read/source-doc.ts';
import { schemaErrors, schemaProblems, sentenceOf } from '../../schema.ts';
import type { CheckContext, Report } from '../context.ts';
import { ID_PATTERN } from '../language/step.ts';
import { INPUT_TYPES, inputSchema } from '../language/workflow.ts';
import { didYouMean } from '../nearest.ts';
import { isTemplate } from '../structure/place.ts';
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
  if (!typeIsKnown(spec) || !checkInputSchema(spec, path, report)) return;
  checkValues(spec, path, report);
  checkDefault(entry.key, spec, path, report);
}

function typeIsKnown(spec: SourceMap): boolean {
  const type = textOf(child(spec, 'type'));
  return INPUT_TYPES.some((each) => each === type);
}

function checkFields(spec: SourceMap, path: string, report: Report): void {
  checkNode(spec, inputSchema, { path, label: 'the input', report, templates: true });
  checkPlain(spec, path, report);
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

/** Inputs are declared before there is anything to evaluate; only descriptions are free text. */
function checkPlain(spec: SourceMap, path: string, report: Report): void {
  for (const { key, value } of spec.entries.values()) {
    if (key === 'description' || key.startsWith('x-')) continue;
    eachScalar(value, childPath(path, key), (scalar, scalarPath) => {
      if (!isTemplate(scalar)) return;
      const message = `"${key}" of an input is a plain value; it cannot hold \${{ }}`;
      report({ code: 'TEMPLATE_NOT_ALLOWED', span: scalar.span, path: scalarPath, message });
    });
  }
}

function checkDefault(name: string, spec: SourceMap, path: string, report: Report): void {
  const node = child(spec, 'default');
  if (node === undefined || isTemplate(node)) return;
  const defaultPath = childPath(path, 'default');
  const secret = child(spec, 'secret');
  if (secret?.type === 'scalar' && secret.value === true) {
    report({
      severity: 'warning',
      code: 'SECRET_DEFAULT',
      span: node.span,
      path: defaultPath,
      message: `the default of the secret input "${name}" is plain text in this file`,
      hint: 'leave the default out and give the value when the run is started',
    });
  }
  for (const error of schemaErrors(inputJsonSchema(spec), toJson(node))) {
    const found = follow(node, defaultPath, error.keys);
    const part = found.path.slice(defaultPath.length);
    report({
      code: 'BAD_DEFAULT',
      span: found.node.span,
      path: found.path,
      message: `the default of "${name}"${part === '' ? '' : ` at ${part}`} ${sentenceOf(error)}, not ${actualWords(found.node)}`,
    });
  }
}

function checkValues(spec: SourceMap, path: string, report: Report): void {
  const values = child(spec, 'values');
  if (values?.type !== 'seq') return;
  const { enum: _, ...schema } = inputJsonSchema(spec);
  values.items.forEach((item, index) => {
    for (const error of schemaErrors(schema, toJson(item))) {
      report({
        code: 'BAD_VALUE',
        span: item.span,
        path: `${path}.values[${index}]`,
        message: `the allowed value ${sentenceOf(error)}, not ${actualWords(item)}`,
      });
    }
  });
}
