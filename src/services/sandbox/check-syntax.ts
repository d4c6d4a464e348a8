/** Whether a text is the body of an asynchronous function: asked of V8, which reads it and runs nothing. */
import { Script } from 'node:vm';
import { codeOffset } from './code-offset.ts';
import { asFunction, columnOf, SCRIPT_FILE } from './script-body.ts';

export interface SyntaxProblem {
  message: string;
  /** Where in the code. */
  offset: number;
}

/** The constructor of asynchronous functions, which has no name. */
const AsyncFunction: FunctionConstructor = Object.getPrototypeOf(async () => {}).constructor;

/** Pure and quick: 20 µs for a short script. */
export function checkSyntax(code: string): SyntaxProblem | undefined {
  if (code.includes('\0')) return { message: 'a NUL character', offset: code.indexOf('\0') };
  const problem = syntaxError(() => new Script(asFunction(code), { filename: SCRIPT_FILE }));
  if (problem !== undefined) return located(problem, code);
  // A code that closes the wrapping and opens another one is no body.
  const isBody = syntaxError(() => AsyncFunction(code)) === undefined;
  return isBody ? undefined : { message: 'a bracket closes more than the script', offset: 0 };
}

function syntaxError(read: () => unknown): Error | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    // Of whatever realm.
    if (error instanceof Error && error.name === 'SyntaxError') return error;
    throw error;
  }
}

/** The stack begins with `script:<line>`, the line, and carets below what is meant; none where the text ends too soon. */
function located({ message, stack = '' }: Error, code: string): SyntaxProblem {
  const [, line = '1', carets] = /^script:(\d+)\n.*\n( *)\^/.exec(stack) ?? [];
  const at = Number(line);
  const offset = carets === undefined ? code.length : codeOffset(code, at, columnOf(at, carets.length + 1));
  if (offset < code.length)
    return { message: `${message.charAt(0).toLowerCase()}${message.slice(1)}`, offset };
  return {
    message: 'unexpected end of the script: a bracket is missing, or one too many',
    offset: Math.max(0, code.trimEnd().length - 1),
  };
}
