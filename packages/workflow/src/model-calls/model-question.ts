import type { AssembleRequest } from '@org/context';

/** What an answer turned out to be. */
export type Parsed<Answer> =
  | { readonly ok: true; readonly answer: Answer }
  | {
      readonly ok: false;
      /** `malformed`, `elided`, `cut-off`, `invalid`. */
      readonly outcome: string;
      /** Shown to the model when it is asked again. */
      readonly problem: string;
    };

/** A question to a model, asked again in other ways until an answer fits. */
export interface ModelQuestion<Answer> {
  readonly request: Omit<AssembleRequest, 'instructions' | 'model'>;
  /** What to do and how to answer. */
  readonly instructions: string;
  /** Said instead of asking for length, when the first answer did not fit. */
  readonly shorter: string;
  readonly format?: Readonly<Record<string, unknown>>;
  /** @default 0 */
  readonly temperature?: number;
  /** Starts with the next larger model than usual, where there is one. @default false */
  readonly larger?: boolean;
  parse(text: string): Parsed<Answer>;
}
