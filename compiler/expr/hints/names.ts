/** Names that are not in scope or are no function here: what the author most likely means. */
import { didYouMean } from '../../check/nearest.ts';

const FUNCTIONS: Readonly<Record<string, string>> = {
  toJSON: 'use `x|json`',
  tojson: 'use `x|json`',
  toJson: 'use `x|json`',
  fromJSON: 'use `x|fromJson`',
  fromjson: 'use `x|fromJson`',
  parseJson: 'use `x|fromJson`',
  hashFiles: 'use a step that reads the files, and `|hash` on its output',
  format: 'use `+`, or write the text with `${{ }}` in it',
  cancelled: 'use `canceled()`',
  parseInt: 'use `x|number`',
  parseFloat: 'use `x|number`',
  Number: 'use `x|number`',
  int: 'use `x|number`',
  float: 'use `x|number`',
  String: 'use `x|string`',
  str: 'use `x|string`',
  Boolean: 'use `x|boolean`',
  bool: 'use `x|boolean`',
  Date: 'use `now()`, and `x|date` for a given time',
  encodeURIComponent: 'use `x|urlEncode`',
  encodeURI: 'use `x|urlEncode`',
  btoa: 'use `x|base64`',
  atob: 'use `x|fromBase64`',
  len: 'use `x|length`',
  size: 'use `x|length`',
  count: 'use `x|length`',
  isNaN: 'compare with `null`, or convert with `x|number`',
  filter: 'use a filter, such as `list[.field == …]`',
  includes: 'use `x|contains(…)`',
  toLowerCase: 'use `x|lower`',
  toUpperCase: 'use `x|upper`',
  lowercase: 'use `x|lower`',
  uppercase: 'use `x|upper`',
  shellEscape: 'use `x|escape`',
  quote: 'use `x|escape`',
  sha256: 'use `x|hash`',
  md5: "use `x|hash('md5')`",
  reverse: "use `x|sort('', 'desc')` to sort downwards; there is no `reverse`",
  round: 'use `x // 1` to round down',
  floor: 'use `x // 1`',
  select: 'use a filter, such as `list[.field == …]`',
  safe: 'use `x|raw`',
  d: 'use `x|default(…)`',
};

/** Static objects of JavaScript: `JSON.stringify(x)` → "use `x|json`". Keyed by `Object.method`. */
const STATIC_METHODS: Readonly<Record<string, string>> = {
  'JSON.stringify': 'json',
  'JSON.parse': 'fromJson',
  'Object.keys': 'keys',
  'Object.values': 'values',
  'Object.entries': 'entries',
  'Math.max': 'max',
  'Math.min': 'min',
  'Number.parseInt': 'number',
  'Number.parseFloat': 'number',
  'YAML.parse': 'fromYaml',
  'YAML.stringify': 'yaml',
  'path.basename': 'basename',
  'path.dirname': 'dirname',
  'path.relative': 'relative',
};

/** Hint for a call such as `JSON.stringify(steps.a.output)`; undefined when the object is no static one. */
export function staticMethodHint(path: string, args: string): string | undefined {
  const value = args.trim();
  if (path === 'Date.now' || path === 'Date.new') return 'use `now()`';
  if (path === 'crypto.randomUUID') return 'use `uuid()`';
  if (path === 'Math.floor') return `use \`${value || 'x'} // 1\``;
  if (path === 'Array.isArray')
    return 'there is no test for types; `x|length` works for lists, texts and records';
  const transform = Object.hasOwn(STATIC_METHODS, path) ? STATIC_METHODS[path] : undefined;
  if (transform === undefined) return undefined;
  if (path.startsWith('Math.')) return `use \`${transform}(${value})\``;
  const first = value.includes(',') ? value.slice(0, value.indexOf(',')) : value;
  return /^[\w.[\]'"]*$/.test(first)
    ? `use \`${first || 'x'}|${transform}\``
    : `use \`(${first})|${transform}\``;
}

export function functionHint(name: string, known: readonly string[]): string | undefined {
  const habit = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  return habit ?? didYouMean(name, known);
}

const ROOTS: Readonly<Record<string, string>> = {
  undefined: 'use `null`; a property that is missing is null',
  None: 'use `null`',
  nil: 'use `null`',
  NULL: 'use `null`',
  Null: 'use `null`',
  True: 'use `true`',
  False: 'use `false`',
  NaN: 'use `null`',
  process: 'use `env.NAME`; only the `env` of the workflow and the step is in scope',
  github: 'use `inputs`, `env` or `run`; there is no `github` here',
  matrix: 'use `item`, such as `item.os`',
  needs: 'use `steps.<id>`',
  jobs: 'use `steps.<id>`',
  job: 'use `run`',
  runner: 'use `env`',
  vars: 'use `env` or `inputs`',
  input: 'use `inputs`',
  step: 'use `steps.<id>`',
  outputs: 'use `steps.<id>.output`',
  secret: 'use `secrets`',
  taskrun: 'use `item`',
  now: 'use `now()`',
  uuid: 'use `uuid()`',
  this: 'use `.field` in a filter, `item` in a foreach',
  item: 'only a step with `foreach` or `strategy.matrix` has `item` and `index`',
  index: 'only a step with `foreach` or `strategy.matrix` has `item` and `index`',
  args: 'only the `execution` of a tool has `args`',
  data: 'only `match` has `data` and `event`',
  event: 'only `match` has `data` and `event`',
  last_failed_step: 'only steps of `errors` and `finally` have `last_failed_step`',
  output: 'only `transform` has `output`; elsewhere use `steps.<id>.output`',
  stdout: 'only `transform` has `stdout`; elsewhere use `steps.<id>.output`',
  stderr: 'only `transform` has `stderr`; elsewhere use `steps.<id>.output`',
  exitCode: 'only `transform` has `exitCode`; elsewhere use `steps.<id>.exitCode`',
  error: 'use `steps.<id>.error` or `last_failed_step`',
};

/**
 * What to write instead of the unknown name at `offset` of an expression or template.
 * @param known the names that are in scope
 */
export function unknownNameHint(
  text: string,
  offset: number,
  name: string,
  known: readonly string[],
): string | undefined {
  const habit = Object.hasOwn(ROOTS, name) ? ROOTS[name] : undefined;
  const hint = hyphenHint(text, offset) ?? habit ?? didYouMean(name, known);
  if (hint !== undefined) return hint;
  if (known.length === 0 || known.length > 12) return undefined;
  return `in scope: ${known.join(', ')}; quote it if it is text: "${name}"`;
}

/** `inputs.my-key` is a subtraction: said when the unknown name follows a path and a hyphen without a space. */
function hyphenHint(text: string, offset: number): string | undefined {
  const path = /([A-Za-z_$][\w$.]*)\.([A-Za-z_$][\w$]*(?:-[\w$]+)*)-$/.exec(text.slice(0, offset));
  if (!path) return undefined;
  const rest = /^[\w$]+(?:-[A-Za-z_$][\w$]*)*/.exec(text.slice(offset))?.[0] ?? '';
  return `"-" subtracts; a key with a hyphen is read by ${path[1]}["${path[2]}-${rest}"]`;
}

const WORDS: Readonly<Record<string, string>> = {
  and: 'use `&&`',
  or: 'use `||`',
  not: 'use `!`',
  is: 'use `==`',
  eq: 'use `==`',
  typeof: 'there is no `typeof`; convert with `|string`, `|number`, `|boolean`',
  new: 'there is no `new`; for dates use `now()` and `|date`',
  instanceof: 'there is no `instanceof`',
  await: 'nothing is awaited in an expression; leave it out',
  return: 'leave out `return`; the expression is the value',
  function: 'there are no functions of your own; use a filter, such as `list[.field == …]`',
  void: 'use `null`',
  delete: 'nothing can be deleted in an expression',
  let: 'there are no variables in expressions',
  const: 'there are no variables in expressions',
  var: 'there are no variables in expressions',
  if: 'use `test ? a : b`',
  else: 'use `test ? a : b`',
  for: 'use `foreach` on the step',
  lambda: 'use a filter, such as `list[.field == …]`',
};

/** Hint for two values side by side, when one of them is a word of another language. */
export function wordHint(...words: string[]): string | undefined {
  for (const word of words) if (Object.hasOwn(WORDS, word)) return WORDS[word];
  return undefined;
}
