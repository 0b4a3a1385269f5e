import type { EdgeKind } from '../nodes/cache-node.ts';

/** How strongly a walker is drawn along an edge, and against it. */
export interface WalkWeights {
  readonly forward: number;
  readonly backward: number;
}

/** The numbers that a ranking rests on. */
export interface RetrievalWeights {
  /** What a tie is worth to a reader who stands at one of its ends. */
  readonly walk: Readonly<Record<EdgeKind, WalkWeights>>;
  /** Chance that a walker goes on instead of returning to where it started. */
  readonly damping: number;
  /** Keyword hits that become seeds. */
  readonly hits: number;
  /** Weight of the first hit beside all seeds together; the following ones get 1/2, 1/3 … of it. */
  readonly hit: number;
  /** Test files that become seeds by their words. */
  readonly testHits: number;
  /** As `hit`, for the first of these. */
  readonly testHit: number;
  /** Weight, beside all seeds together, of all that changed together with them. */
  readonly together: number;
  /** What the next older change counts, in parts of the newer one. */
  readonly togetherFading: number;
  /** Part of a text that is kept for what happened (corrections, reports, tests), if there is any. */
  readonly history: number;
  /** How strongly short signatures are preferred to long ones (see `Pass.thrift`). */
  readonly thrift: number;
  /** Part that whole bodies may take in a text above 4 000 tokens. */
  readonly bodies: number;
  /** The same in a smaller text, where signatures are worth more. */
  readonly bodiesOfLittle: number;
  /** Part of what bodies may take that goes to excerpts of modules first. */
  readonly excerpts: number;
  /** Modules, the best ones, of which excerpts are made. */
  readonly excerptModules: number;
}

/**
 * Found with `evals/retention` on five development repositories, by trying values and not by a
 * systematic sweep. Acceptance is measured on other repositories.
 */
export const retrievalWeights: RetrievalWeights = {
  walk: {
    contains: { forward: 0.5, backward: 1 },
    depends_on: { forward: 1, backward: 0.1 },
    tested_by: { forward: 0.5, backward: 0.5 },
    references: { forward: 0.5, backward: 0.5 },
  },
  damping: 0.85,
  hits: 10,
  hit: 0.5,
  testHits: 5,
  testHit: 0.1,
  together: 0.5,
  togetherFading: 0.9,
  history: 0.2,
  thrift: 0.5,
  bodies: 0.65,
  bodiesOfLittle: 0.1,
  excerpts: 0.3,
  excerptModules: 30,
};
