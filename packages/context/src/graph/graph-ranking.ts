import { type GraphSnapshot, snapshotGraph } from './graph-snapshot.ts';
import type { NodeGraph } from './node-graph.ts';
import { pageRank } from './page-rank.ts';
import { restartWeights } from './restart-weights.ts';
import { roundedScore, topRanked } from './top-ranked.ts';

/** A graph in typed arrays, as of one version of it. */
interface Current {
  readonly version: number;
  readonly snapshot: GraphSnapshot;
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

  /** The graph as it stands; scores go by the places of its ids. */
  get snapshot(): GraphSnapshot {
    return this.#now().snapshot;
  }

  /** PageRank of all nodes alike. */
  get importance(): Float64Array {
    const current = this.#now();
    current.importance ??= pageRank(current.snapshot);
    return current.importance;
  }

  /** The best nodes, placeholders passed over, as seen from `seeds` or, without any, in all. */
  top(options: {
    readonly seeds: readonly string[];
    readonly limit: number;
  }): readonly RankedNode[] {
    const { ids } = this.snapshot;
    const restart = restartWeights((id) => this.#graph.indexOf(id), options);
    const scores = pageRank(this.snapshot, { restart });
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
      this.#current = { version, snapshot: snapshotGraph(ids, edges), importance: null };
    }
    return this.#current;
  }
}
