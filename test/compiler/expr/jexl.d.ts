/** jexl 2.3.0 ships no types; only what the comparison with it uses is declared. */
declare module 'jexl' {
  const jexl: { evalSync(expression: string, context?: object): unknown };
  export default jexl;
}
