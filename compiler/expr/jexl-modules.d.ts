/** jexl 2.3.0 ships no types, and its parser is not in its index. Only what `parse.ts` uses is declared. */
declare module 'jexl/dist/parser/Parser.js' {
  export default class Parser {
    constructor(grammar: object);
    addToken(token: object): unknown;
    complete(): unknown;
  }
}

declare module 'jexl/dist/grammar.js' {
  const grammar: { getGrammar(): { elements: Record<string, object> } };
  export default grammar;
}
