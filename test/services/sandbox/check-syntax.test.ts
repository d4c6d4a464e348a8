/** Whether a text is a script. */
import { expect, it } from 'vitest';
import { checkSyntax } from '../../../src/services/sandbox/check-syntax.ts';

it.each([
  'return 1',
  'await 0; return await x',
  '',
  '// only a comment',
  'return `${`a${1}`}`',
  'for await (const x of y) { label: for (;;) break label }',
])('%s is one', (code) => {
  expect(checkSyntax(code)).toBeUndefined();
});

it.each([
  ['let a = ;', 8, "unexpected token ';'"],
  ['\n\n  let b = "x', 12, 'invalid or unexpected token'],
  ['let a;\nlet a', 11, "identifier 'a' has already been declared"],
  ['with (a) {}', 0, 'strict mode code may not include a with statement'],
  ['import a from "a"', 0, 'cannot use import statement outside a module'],
  ['return /(/', 7, 'invalid regular expression: /(/: Unterminated group'],
  ['if (a) {\n', 7, 'unexpected end of the script: a bracket is missing, or one too many'],
  ['return 1 }', 9, 'unexpected end of the script: a bracket is missing, or one too many'],
  ['return `a', 8, 'unexpected end of the script: a bracket is missing, or one too many'],
  ['return 1 }); (async () => {', 0, 'a bracket closes more than the script'],
  ['return "\0"', 8, 'a NUL character'],
])('%s is none', (code, offset, message) => {
  expect(checkSyntax(code)).toEqual({ offset, message });
});
