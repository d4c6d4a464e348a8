/** What evaluation is given: the scope, and the little of the world that an expression may ask about. */

/** Names an expression may use. Plain objects, getters and null prototypes alike: own properties only are ever read. */
export type Scope = Readonly<Record<string, unknown>>;

/** Answers that must be recorded by the runtime, so that a replay sees the same. */
export interface EvaluationHooks {
  /** Milliseconds since the epoch. */
  now(): number;
  /** A fresh UUID, such as 0190b5c4-…; any text is accepted. */
  uuid(): string;
}

export interface EvaluateOptions {
  hooks: EvaluationHooks;
  /** The step's direct needs, for success(), failure() and canceled(). @default none */
  needs?: readonly { id: string; status: string; outcome?: string }[];
  /** Whether the run is being canceled. @default false */
  runCanceled?: boolean;
  /**
   * Applied to every value put into text, unless its last transform is `raw` or `escape`; `before` is the finished text up to
   * the value, so that the quoting can fit the place. @default values are put in as they are
   */
  quote?: (text: string, before?: string) => string;
}
