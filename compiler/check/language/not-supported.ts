/** What the language has and this version does not run yet: refused by name, never ignored and never called unknown. */

export const UNSUPPORTED_WORKFLOW_FIELDS: ReadonlySet<string> = new Set(['triggers', 'eval']);

export const UNSUPPORTED_STEP_FIELDS: ReadonlySet<string> = new Set([
  'auto_heal',
  'reflexion',
  'learn',
  'outputRetries',
  'repairStrategy',
]);

/** Kinds of the language, with the fields that imply them. Only those missing from the catalog matter here. */
export const LANGUAGE_KINDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['shell', ['run']],
  ['script', []],
  ['request', ['url']],
  ['file', []],
  ['artifact', []],
  ['git', []],
  ['human', []],
  ['sleep', []],
  ['wait', []],
  ['workflow', ['workflow']],
  ['join', []],
  ['rollback', []],
  ['llm', ['prompt', 'agent']],
  ['plan', []],
  ['blueprint', []],
  ['dynamic', []],
  ['engine', []],
  ['memory', []],
  ['emit', []],
]);

/** Names of the expression scope that this version does not fill. */
export const UNSUPPORTED_ROOTS: ReadonlySet<string> = new Set(['memory']);
