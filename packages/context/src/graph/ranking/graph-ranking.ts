import type { NodeGraph } from '../nodes/node-graph.ts';
import { type Neighbours, neighboursOf } from './neighbours.ts';
import { type PageRankOptions, pageRank, type WalkedGraph } from './page-rank.ts';
import { restartWeights } from './restart-weights.ts';
import { roundedScore, topRanked } from './top-ranked.ts';

/** What was worked out of one version of a graph. */
interface Current {
  readonly version: number;
  readonly ids: readonly string[];
  readonly walked: WalkedGraph;
  neighbours: Neighbours | null;
  importance: Float64Array | null;
}

export type RankedNode = { readonly id: string; readonly score: number };

/** Ranks the nodes of a graph; what it needs for that is made once for each version of the graph. */
export class GraphRanking {
  readonly #graph: NodeGraph;
  #current: Current | null = null;

  constructor(graph: NodeGraph) {
    this.#graph = graph;
  }

  /** The ids of all nodes as the graph stands; scores go by their places. */
  get ids(): readonly string[] {
    return this.#now().ids;
  }

  /** Who is tied to whom, by the same places. */
  get neighbours(): Neighbours {
    const current = this.#now();
    current.neighbours ??= neighboursOf(current.walked.size, current.walked.edges);
    return current.neighbours;
  }

  /** PageRank of all nodes alike. */
  get importance(): Float64Array {
    const current = this.#now();
    current.importance ??= pageRank(current.walked);
    return current.importance;
  }

  /** PageRank as seen from where the walker starts. */
  from(restart: NonNullable<PageRankOptions['restart']>): Float64Array {
    return pageRank(this.#now().walked, { restart });
  }

  /** The best nodes, placeholders passed over, as seen from `seeds` or, without any, in all. */
  top(options: {
    readonly seeds: readonly string[];
    readonly limit: number;
  }): readonly RankedNode[] {
    const { ids } = this.#now();
    const restart = restartWeights((id) => this.#graph.indexOf(id), options);
    const scores = restart.size === 0 ? this.importance : this.from(restart);
    // There are never more placeholders among the best than there are in all.
    const count = options.limit + this.#graph.size.placeholders;
    return topRanked(scores, { count, ids })
      .map((index) => ({ id: ids[index] ?? '', score: roundedScore(scores[index] ?? 0) }))
      .filter(({ id }) => this.#graph.node(id) !== undefined)
      .slice(0, options.limit);
  }

  #now(): Current {
    const { version } = this.#graph;
    if (this.#current?.version !== version) {
      const { ids, edges } = this.#graph.columns();
      const walked = { size: ids.length, edges };
      this.#current = { version, ids, walked, neighbours: null, importance: null };
    }
    return this.#current;
  }
}
