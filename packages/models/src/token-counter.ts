/** Says how many tokens a text costs one model. */
export interface TokenCounter {
  /**
   * Tokens of `text`, without what a chat template puts around it.
   *
   * Never negative, 0 only for '', and the same for the same text for as long as the process lives.
   */
  count(text: string): number;
  /** True when `count` is the model's own tokenizer; false for an estimate, to be taken with a margin. */
  readonly exact: boolean;
  /** Factor on an inexact count before it is held against a window. @default 1 when exact, else 1.1 */
  readonly margin?: number | undefined;
}

/** The factor to take a count with, before it is held against a window. */
export function marginOf(counter: TokenCounter): number {
  return counter.margin ?? (counter.exact ? 1 : 1.1);
}
