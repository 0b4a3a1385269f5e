import type { DetailLevel, NodeType } from '../nodes/cache-node.ts';
import type { Seed } from '../ranking/restart-weights.ts';

/** Options of `getRelatedContext`. */
export interface RelatedContextOptions {
  /** Edges walked away from the start, in either direction: 0 to 3. @default 2 */
  readonly depth?: number;
  /** Never exceeded, counted on the text that is returned. */
  readonly maxTokens: number;
  /** Only nodes of these types. */
  readonly types?: readonly NodeType[];
}

/** Options of `retrieve`. */
export interface RetrieveOptions {
  /** Where to start: node ids, each of the same weight, or weighted. Unknown ids are reported in `missing`. */
  readonly seeds?: readonly Seed[];
  /** Words of the task, the error or the question; their best keyword matches become seeds too. */
  readonly query?: string;
  /** Never exceeded, counted on the text that is returned. */
  readonly maxTokens: number;
  /** Only nodes of these types. */
  readonly types?: readonly NodeType[];
  /** Nodes that the caller shows itself; they lead the search but take no room. */
  readonly exclude?: readonly string[];
  /**
   * Share of the tokens that is kept for whole bodies, once signatures are in; 0: no bodies.
   * Signatures are worth more in small texts. @default 0.1 up to 4 000 tokens, 0.65 above
   */
  readonly bodyShare?: number;
}

/** One node of an answer. */
export interface RelatedNode {
  readonly id: string;
  readonly name: string;
  readonly level: DetailLevel;
  /** Its part of the text. */
  readonly text: string;
  /** Of its part, by the cache's counter. */
  readonly tokens: number;
  /** Higher is nearer or more important; comparable within one answer only. */
  readonly score: number;
}

/** What a cache knows around a place, cut to a budget. */
export interface RelatedContext {
  readonly text: string;
  /** Of `text`, by the cache's counter. */
  readonly tokens: number;
  /** In the order of the ranking. */
  readonly nodes: readonly RelatedNode[];
  readonly dropped: readonly { readonly id: string; readonly reason: 'budget' }[];
  /** Asked for, but not there or only a placeholder. */
  readonly missing: readonly string[];
}
