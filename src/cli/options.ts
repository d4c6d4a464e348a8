/** Parsed options with types, instead of commander's bag of anything. */

export class Options {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  /** Was the switch given? Names are camelCase: `dryRun`. */
  flag(name: string): boolean {
    return this.#values[name] === true;
  }

  /** The switch was given in its `--no-` form. */
  off(name: string): boolean {
    return this.#values[name] === false;
  }

  /** The value of an option that takes one. */
  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === 'string' ? value : undefined;
  }

  /** All values of an option that may be repeated. */
  list(name: string): string[] {
    const value = this.#values[name];
    return Array.isArray(value) ? value.map(String) : [];
  }
}
