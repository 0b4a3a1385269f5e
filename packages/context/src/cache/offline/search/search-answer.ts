import type { CacheNode } from '../../../graph/nodes/cache-node.ts';

/** How an answer was found: by meaning, by words, or by both, fused. */
export type SearchMode = 'semantic' | 'keyword' | 'hybrid';

export interface SearchOptions {
  /** @default 10 */
  readonly limit?: number;
  /** Only this scope (a task). */
  readonly scope?: string;
  /** Only nodes of these types. */
  readonly types?: readonly CacheNode['type'][];
  readonly signal?: AbortSignal;
}

export interface SearchHit {
  /** The task whose memory it is. */
  readonly scope: string;
  readonly node: CacheNode;
  /** Comparable within one answer only. */
  readonly score: number;
}

export interface SearchAnswer {
  readonly mode: SearchMode;
  /** Best first. */
  readonly hits: readonly SearchHit[];
  /** Why the embeddings took no part although there is a model for them. */
  readonly embeddingError: Error | null;
}
