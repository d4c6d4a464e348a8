/** Symbols of JavaScript and its kin that an expression does not have, and what is meant by them here. */

export interface Habit {
  message: string;
  hint: string;
}

interface SymbolHabit {
  symbol: RegExp;
  message: string;
  hint: string | ((before: string) => string);
}

/** Tried in order at every token, before jexl's own symbols. */
const SYMBOL_HABITS: readonly SymbolHabit[] = [
  { symbol: /===/y, message: '"===" is not an operator here', hint: 'use `==`' },
  { symbol: /!==/y, message: '"!==" is not an operator here', hint: 'use `!=`' },
  { symbol: /=>/y, message: 'there are no functions of your own in expressions', hint: arrowHint },
  {
    symbol: /&&=|\|\|=|\?\?=|\+\+|--|[-+*/%^|&]=/y,
    message: 'an expression cannot assign',
    hint: 'write the value itself; nothing is assigned in an expression',
  },
  {
    symbol: /\?\?/y,
    message: '"??" is not an operator here',
    hint: 'use `|default(…)`, such as `inputs.name|default("none")`',
  },
  {
    symbol: /\?\.(?!\d)/y,
    message: '"?." is not an operator here',
    hint: 'use `.`, and `|default(…)` after the path for when something on it is missing',
  },
  { symbol: /\.\.\./y, message: '"..." is not an operator here', hint: 'use `[a, b]|flatten` to join lists' },
  {
    symbol: /`/y,
    message: 'there are no template strings in expressions',
    hint: "use 'quoted text' and `+`, or put `${{ }}` into the text of the field",
  },
  { symbol: /\*\*/y, message: '"**" is not an operator here', hint: 'use `^` for powers' },
  { symbol: />>>?|<</y, message: 'there are no bit operators in expressions', hint: 'use `*`, `//` and `^`' },
  { symbol: /<>/y, message: '"<>" is not an operator here', hint: 'use `!=`' },
  { symbol: /=(?!=)/y, message: 'an expression cannot assign', hint: 'use `==` to compare' },
  { symbol: /&(?!&)/y, message: '"&" is not an operator here', hint: 'use `&&`' },
  {
    symbol: /~/y,
    message: '"~" is not an operator here',
    hint: "use `|matches('pattern')` for patterns, `+` to join text",
  },
  {
    symbol: /;/y,
    message: 'a field holds one expression',
    hint: 'use a `script` step for more than one statement',
  },
  {
    symbol: /\/\*|#/y,
    message: 'there are no comments in expressions',
    hint: 'put the comment into the YAML, after `#`',
  },
  {
    symbol: /\$\{\{/y,
    message: '"${{" inside an expression',
    hint: 'write one `${{ }}` around the whole expression',
  },
  { symbol: /\$\{/y, message: '"${" inside an expression', hint: 'write the name alone, without `${ }`' },
  { symbol: /[“”„«»‘’]/y, message: 'typographic quotes are not quotes', hint: 'use \' or "' },
  {
    symbol: /\\/y,
    message: 'a backslash outside quoted text',
    hint: 'quotes around an expression need no backslash: use the other kind of quote',
  },
];

/** The habit whose symbol stands at `offset`, if any. */
export function habitAt(text: string, offset: number): Habit | undefined {
  if (/[A-Za-z0-9_'"\s]/.test(text.charAt(offset))) return undefined;
  for (const { symbol, message, hint } of SYMBOL_HABITS) {
    symbol.lastIndex = offset;
    if (symbol.test(text))
      return { message, hint: typeof hint === 'string' ? hint : hint(text.slice(0, offset)) };
  }
  return undefined;
}

const ARROW_HINTS: Readonly<Record<string, string>> = {
  map: "use `|map('field')`",
  flatMap: "use `|map('field')|flatten`",
  filter: 'use a filter, such as `list[.field == …]`',
  find: 'use a filter and `first`, such as `list[.field == …]|first`',
  some: "use `|some('field', value)`, or a filter such as `list[.field == …]|length > 0`",
  every: "use `|every('field', value)`",
  sort: "use `|sort('field')`",
  reduce: 'use `|sum`, `|join` or another transform of lists; a `script` step for more',
};

function arrowHint(before: string): string {
  const method = /\.(\w+)\s*\(\s*(?:\w+|\([^()]*\))\s*$/.exec(before)?.[1];
  const known = method !== undefined && Object.hasOwn(ARROW_HINTS, method) ? ARROW_HINTS[method] : undefined;
  return known ?? 'use a filter, such as `list[.field == …]`';
}
