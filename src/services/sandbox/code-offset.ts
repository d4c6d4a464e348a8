/** Offset of a line and column (from 1) in a code; its end, when the code is shorter. */
export function codeOffset(code: string, line: number, column: number): number {
  let start = 0;
  for (let passed = 1; passed < line; passed++) {
    const end = code.indexOf('\n', start);
    if (end < 0) return code.length;
    start = end + 1;
  }
  return Math.min(code.length, start + column - 1);
}
