/** The human kind is interpreted by the statechart; here is what its fields ask. */
import { expect, it } from 'vitest';
import { parseAnswer } from '../../src/app/index.ts';
import type { AnswerSuspension } from '../../src/steps/define.ts';
import { human } from '../../src/steps/human/index.ts';
import type { INPUT_TYPES } from '../../src/steps/human/schema.ts';
import { runExample } from './run-example.ts';

type Fields = { message: string; inputType?: (typeof INPUT_TYPES)[number] } & Record<string, unknown>;
const ask = (fields: Fields) => human.suspend?.(fields as never, 0) as AnswerSuspension;

it('asks for yes or no unless it says otherwise', () => {
  expect(ask({ message: 'Go?' })).toEqual({
    for: 'answer',
    message: 'Go?',
    inputType: 'confirm',
    schema: { type: 'boolean' },
  });
});

it.each<[Fields, object]>([
  [
    { message: 'm', inputType: 'text' },
    { type: 'string', minLength: 1 },
  ],
  [
    { message: 'm', inputType: 'text', schema: { pattern: '^v' } },
    { type: 'string', minLength: 1, pattern: '^v' },
  ],
  [{ message: 'm', inputType: 'select', options: ['a', 2] }, { enum: ['a', 2] }],
  [
    { message: 'm', inputType: 'form', schema: { required: ['n'] } },
    { type: 'object', required: ['n'] },
  ],
])('makes of %j the schema of the answer', (fields, schema) => {
  expect(ask(fields).schema).toEqual(schema);
});

it.each<[Fields, string]>([
  [{ message: 'm', inputType: 'select' }, 'select needs "options"'],
  [{ message: 'm', options: ['a'] }, '"options" belong to select, not to confirm'],
  [{ message: 'm', inputType: 'form' }, 'a form needs "schema", the JSON Schema of the answer'],
  [{ message: 'm', default: 'maybe' }, '"default" is no answer: it must be boolean'],
])('refuses %j', (fields, message) => {
  expect(() => ask(fields)).toThrow(expect.objectContaining({ code: 'INVALID_FIELDS', message }));
});

it.each<[Fields, string, unknown]>([
  [{ message: 'm' }, 'Yes', true],
  [{ message: 'm' }, 'no', false],
  [{ message: 'm', inputType: 'text' }, '12', '12'],
  [{ message: 'm', inputType: 'select', options: ['a', 2, { x: 1 }] }, '2', 2],
  [{ message: 'm', inputType: 'select', options: ['a', 2, { x: 1 }] }, '{"x":1}', { x: 1 }],
  [{ message: 'm', inputType: 'form', schema: {} }, '{"a": [1]}', { a: [1] }],
])('reads for %j what is typed as %s', (fields, typed, value) => {
  expect(parseAnswer(ask(fields), typed)).toEqual(value);
});

it.each<[Fields, string, string]>([
  [{ message: 'Go?' }, 'perhaps', '"perhaps" is neither yes nor no'],
  [{ message: 'm', inputType: 'select', options: ['a', 'b'] }, 'c', '"c" is none of a, b'],
  [{ message: 'm', inputType: 'form', schema: {} }, '{', 'the answer is no JSON'],
])('refuses for %j what is typed as %s', (fields, typed, message) => {
  expect(() => parseAnswer(ask(fields), typed)).toThrow(message);
});

it('describes itself for a dry run', () => {
  expect(human.describe?.({ message: 'Go?' })).toBe('ask (confirm): Go?');
});

it('falls back to its default in its example', async () => {
  expect(await runExample('human')).toMatchObject({
    status: 'success',
    outputs: { size: 'small', slept: true },
  });
});
