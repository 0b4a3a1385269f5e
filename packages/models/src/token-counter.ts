/** Says how many tokens a text costs one model. */
export interface TokenCounter {
  /** Tokens of `text`, without what a chat template puts around it. Never negative; 0 only for ''. */
  count(text: string): number;
  /** True when `count` is the model's own tokenizer; false for an estimate, to be taken with a margin. */
  readonly exact: boolean;
}
