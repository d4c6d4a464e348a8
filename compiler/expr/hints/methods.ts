/** Methods and properties of JavaScript values, and the transform that does the same. */

const KEEP_ARGUMENTS: Readonly<Record<string, string>> = {
  join: 'join',
  split: 'split',
  trim: 'trim',
  replace: 'replace',
  replaceAll: 'replace',
  startsWith: 'startsWith',
  endsWith: 'endsWith',
  includes: 'contains',
  slice: 'slice',
  substring: 'slice',
  toLowerCase: 'lower',
  toUpperCase: 'upper',
  toString: 'string',
  sort: 'sort',
  flat: 'flatten',
  toISOString: 'date',
  getTime: "date('ms')",
  keys: 'keys',
  values: 'values',
  entries: 'entries',
  items: 'entries',
  lower: 'lower',
  upper: 'upper',
  strip: 'trim',
  startswith: 'startsWith',
  endswith: 'endsWith',
  match: 'matches',
  test: 'matches',
  contains: 'contains',
  length: 'length',
  size: 'length',
  count: 'length',
};
const REWRITE: Readonly<Record<string, string>> = {
  map: "use `|map('field')`",
  flatMap: "use `|map('field')|flatten`",
  filter: 'use a filter, such as `list[.field == …]`',
  find: 'use a filter and `first`, such as `list[.field == …]|first`',
  some: "use `|some('field', value)`",
  every: "use `|every('field', value)`",
  indexOf: 'use `|contains(…)`',
  concat: 'use `+` for text and `[a, b]|flatten` for lists',
  reduce: 'use `|sum`, `|join` or another transform of lists; a `script` step for more',
  at: 'use `[0]`, `[-1]`',
  has: "use `|contains('key')`",
  hasOwnProperty: "use `|contains('key')`",
  toFixed: 'use a `script` step to format numbers',
  get: "use `['key']|default(…)`",
  exec: 'use `|matches(…)` to test; a `script` step to take a text apart',
};

/** `x.join(',')` → "use `|join(',')`". `args` is the text between the parentheses. */
export function methodHint(name: string, args: string): string {
  const rewrite = Object.hasOwn(REWRITE, name) ? REWRITE[name] : undefined;
  if (rewrite !== undefined) return rewrite;
  const transform = Object.hasOwn(KEEP_ARGUMENTS, name) ? KEEP_ARGUMENTS[name] : undefined;
  const list = args.trim();
  return `use \`|${transform ?? name}${list === '' || transform?.endsWith(')') ? '' : `(${list})`}\``;
}

const PROPERTIES: Readonly<Record<string, string>> = {
  length: 'use `|length`',
  size: 'use `|length`',
  toString: 'use `|string`',
  valueOf: 'use the value itself',
  hasOwnProperty: "use `|contains('key')`",
  keys: 'use `|keys`',
  values: 'use `|values`',
  first: 'use `|first`',
  last: 'use `|last`',
};

/** `x.length` → "use `|length`"; undefined for names that mean nothing elsewhere. */
export function propertyHint(name: string): string | undefined {
  return Object.hasOwn(PROPERTIES, name) ? PROPERTIES[name] : undefined;
}
