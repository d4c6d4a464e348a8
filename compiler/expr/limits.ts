/** What one expression may cost. Generous for people, small for a machine that writes expressions. */
export const LIMITS = {
  /** Characters of one expression, without its `${{ }}`. */
  expressionLength: 4096,
  /** Brackets and ternaries open at once. */
  nesting: 64,
  /** Levels of the syntax tree, which also counts chains such as `a + b + c` and `x|f|g`. */
  depth: 200,
  /** Nodes of the syntax tree. */
  nodes: 1000,
  /** Units of work of one evaluation; a node, a list element or a state of a pattern is one. About a second at most. */
  work: 10_000_000,
  /** Characters of any text made by an expression. */
  textLength: 16 * 1024 * 1024,
  /** Levels of a value that is handed out. */
  valueDepth: 500,
  /** Characters of a pattern of `matches` or `glob`. */
  patternLength: 1000,
  /** States of a compiled pattern, after `{n,m}` is written out. */
  patternStates: 5000,
  /** Parsed expressions, split templates and compiled patterns kept, each. */
  cached: 2000,
  /** Texts longer than this are not kept. */
  cachedTextLength: 8192,
} as const;
