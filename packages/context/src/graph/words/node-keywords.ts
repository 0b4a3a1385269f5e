import type { NodeGraph } from '../nodes/node-graph.ts';
import { searchText } from '../nodes/node-text.ts';
import type { WeightedHits } from '../ranking/restart-weights.ts';
import { retrievalWeights } from '../ranking/retrieval-weights.ts';
import { KeywordIndex } from './keyword-index.ts';

/** The words of a graph's nodes; those of changed nodes are indexed when somebody asks. */
export class NodeKeywords {
  readonly #graph: NodeGraph;
  readonly #index = new KeywordIndex();
  readonly #changed = new Set<string>();

  constructor(graph: NodeGraph) {
    this.#graph = graph;
  }

  /** A node has come, changed or gone. */
  note(id: string): void {
    this.#changed.add(id);
  }

  /** The index, brought up to date. */
  get index(): KeywordIndex {
    for (const id of this.#changed) {
      const node = this.#graph.node(id);
      if (node === undefined) this.#index.delete(id);
      else this.#index.set(id, searchText(node));
    }
    this.#changed.clear();
    return this.#index;
  }

  /** The best matches among all nodes, and among the tests, whose names are short. */
  hits(query: string): readonly WeightedHits[] {
    const { hits, hit, testHits, testHit } = retrievalWeights;
    const accept = (id: string) => this.#graph.node(id)?.type === 'test';
    return [
      { found: this.index.search(query, { limit: hits }), weight: hit },
      { found: this.index.search(query, { limit: testHits, accept }), weight: testHit },
    ];
  }
}
